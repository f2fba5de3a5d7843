// @ts-check
// The wasm on its way: fetched with progress, and compiled while it arrives.

/** The file, as a response that can be compiled while it streams, whatever type the host gives it.
 * @param {string | URL} url @param {(loaded: number, total: number) => void} onProgress `total` is 0 where the host does not say
 * @param {RequestCache} [cache]
 * @returns {Promise<Response>} */
export async function fetchWasm(url, onProgress, cache = "default") {
  const response = await fetch(url, { cache }).catch(() => null);
  if (!response?.ok || !response.body) throw { code: "engine-unreachable", party: "host", details: { status: response?.status ?? 0 } };
  // Of the compressed body where the host compresses: the bar is then an estimate, and never passes its end.
  const total = Number(response.headers.get("content-length")) || 0;
  let loaded = 0;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        loaded += chunk.byteLength;
        onProgress(total ? Math.min(loaded, total) : loaded, total);
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(counted, { headers: { "content-type": "application/wasm" } });
}
