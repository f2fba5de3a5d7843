export default {
  // Works from any folder of a host.
  base: "./",
  // The development server of Vite before version 8 would move the package away from its worker.
  optimizeDeps: { exclude: ["atelier-studio"] },
};
