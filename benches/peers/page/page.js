// Runs the plan in the address: every library in a worker of its own, all in this browser, in turns. Rows go to the server that this page
// came from, as they are measured.
import { NETWORKS } from "./networks.js";

const LIBRARIES = {
  atelier: { type: "module", works: ["forward", "step"], files: true },
  // It reads neither of the forms that a generator's file has.
  tensorflow: { type: "classic", works: ["forward", "step"], files: false },
  onnxruntime: { type: "module", works: ["forward"], files: true },
};
/** Relative distance (L2) of two libraries' outcomes. They sum up to 4608 products of f32 in other orders, or by other algorithms, and
 * a sign that flips at a ReLU or a maximum that moves in a pool changes single values of a gradient by all they have. */
const TOLERANCE = { forward: 1e-3, step: 1e-2 };
/** Our generators answer with pictures, of eight bits. */
const TOLERANCE_OF_BYTES = 5e-3;
/** Fewer samples have no median worth its name; more are no longer worth the wait. */
const [FEWEST, MOST] = [3, 15];

/** A library's worker: one request at a time. */
class Contender {
  constructor(library, backend) {
    this.library = library;
    this.backend = backend;
    this.worker = new Worker(new URL(`./${library}.worker.js`, import.meta.url), { type: LIBRARIES[library].type });
  }

  /** Waits for the worker's next word, or throws what it or the clock says. */
  hear(seconds) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000);
      this.worker.onmessage = ({ data }) => {
        clearTimeout(late);
        if (data.error === undefined) resolve(data.value);
        else reject(new Error(data.error));
      };
      this.worker.onerror = (event) => {
        clearTimeout(late);
        reject(new Error(event.message || "the worker died"));
      };
    });
  }

  async open(limit) {
    await this.hear(limit);
    this.version = await this.ask(limit, "open", this.backend);
  }

  ask(limit, operation, ...values) {
    this.worker.postMessage({ operation, values });
    return this.hear(limit);
  }

  end() {
    this.worker.terminate();
  }
}

const log = (line) => (document.querySelector("#log").textContent += `${line}\n`);

const tell = (report) => fetch("report", { method: "POST", body: JSON.stringify(report) });

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

function distance(found, expected) {
  if (found.length !== expected.length) return Infinity;
  let [difference, length] = [0, 0];
  for (const [index, value] of expected.entries()) {
    difference += (found[index] - value) ** 2;
    length += value ** 2;
  }
  return Math.sqrt(difference / length);
}

/** The loss and the gradient are compared apart: one would hide the other. */
const parts = (work, outcome) => (work === "forward" ? [outcome] : [outcome.subarray(0, 1), outcome.subarray(1)]);

/** The first outcome of each row: nobody's truth, but whoever is wrong stands apart. Another backend is held against it too. */
const references = new Map();

/** One row of the table: `work` on `network` at `side`, by all contenders that can. */
async function row({ network, side, work, contenders, limit, budget }) {
  const cells = new Map();
  const key = `${network} ${side} ${work}`;
  for (const contender of contenders) {
    const cell = { library: contender.library, samples: [] };
    cells.set(contender, cell);
    try {
      await contender.ask(limit, "load", network, side);
      const outcome = parts(work, await contender.ask(limit, "outcome", work));
      if (!references.has(key)) references.set(key, outcome);
      cell.distance = Math.max(...outcome.map((part, index) => distance(part, references.get(key)[index])));
      const tolerance = NETWORKS[network].file ? TOLERANCE_OF_BYTES : TOLERANCE[work];
      if (!(cell.distance <= tolerance)) cell.error = `differs by ${cell.distance.toExponential(1)}`;
    } catch (error) {
      cell.error = error.message;
    }
  }
  const began = performance.now();
  for (let round = 0; round < MOST; round++) {
    const turn = [...cells].filter(([, cell]) => !cell.error);
    // Nobody is always first after the pause between rounds.
    for (const [contender, cell] of [...turn.slice(round % turn.length), ...turn.slice(0, round % turn.length)]) {
      try {
        cell.samples.push(await contender.ask(limit, "time", work));
      } catch (error) {
        cell.error = error.message;
      }
    }
    const taken = (performance.now() - began) / 1000;
    const each = taken / (round + 1);
    if (taken + each > budget && (round + 1 >= FEWEST || taken > budget)) break;
  }
  return { network, side, work, cells: [...cells.values()].map((cell) => ({ ...cell, seconds: cell.samples.length ? median(cell.samples) : null })) };
}

async function adapter() {
  const found = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  const { vendor, architecture, device, description } = found?.info ?? {};
  return found ? [vendor, architecture, device, description].filter(Boolean).join(" ") : null;
}

/** Whether a sample at `side` will be worth waiting for, going by the row of the same work at a smaller size. */
function bearable(before, side, longest) {
  const slowest = Math.max(...(before?.cells ?? []).map(({ seconds }) => seconds ?? 0));
  return !before || slowest * (side / before.side) ** 2 <= longest;
}

async function run({ backends, networks, sides, works, budget, limit, longest }) {
  const browser = navigator.userAgentData?.brands.find(({ brand }) => brand === "Chromium")?.version ?? navigator.userAgent;
  await tell({ kind: "setting", browser, adapter: await adapter(), cores: navigator.hardwareConcurrency });
  for (const backend of backends) {
    const contenders = [];
    for (const library of Object.keys(LIBRARIES)) {
      const contender = new Contender(library, backend);
      try {
        await contender.open(limit);
        contenders.push(contender);
        await tell({ kind: "library", backend, library, version: contender.version });
      } catch (error) {
        await tell({ kind: "library", backend, library, error: error.message });
      }
    }
    for (const network of networks) {
      const before = {};
      for (const side of sides) {
        for (const work of works) {
          // A generator has no step.
          if (!bearable(before[work], side, longest) || (NETWORKS[network].file && work !== "forward")) continue;
          const can = ({ works, files }) => works.includes(work) && (files || !NETWORKS[network].file);
          const able = contenders.filter(({ library }) => can(LIBRARIES[library]));
          const measured = await row({ network, side, work, contenders: able, limit, budget });
          log(`${backend} ${network} ${side} ${work}: ${measured.cells.map(({ library, seconds, error }) => `${library} ${error ?? seconds}`).join(", ")}`);
          before[work] = measured;
          await tell({ kind: "row", backend, ...measured });
          // A worker that did not answer in time still computes, and would disturb the others.
          for (const late of able.filter((_, index) => measured.cells[index].error?.startsWith("no answer"))) {
            late.end();
            contenders.splice(contenders.indexOf(late), 1);
          }
        }
      }
    }
    for (const contender of contenders) contender.end();
  }
}

const plan = JSON.parse(new URL(location.href).searchParams.get("plan"));
const unknown = plan.networks.filter((network) => !Object.hasOwn(NETWORKS, network));
try {
  if (unknown.length) throw new Error(`no network ${unknown}`);
  await run(plan);
  await tell({ kind: "end" });
} catch (error) {
  await tell({ kind: "end", error: String(error?.stack ?? error) });
}
