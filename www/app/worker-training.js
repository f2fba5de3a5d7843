// The worker's side of a training: its pictures, its steps, and what it leaves on this device so that a closed tab can go on with it.
//
// When there is something to go on with, after the first step, the pictures are stored, as a training can go on with the very same ones only; then,
// twice a minute, a checkpoint under a name of its own. So once the first is written there is always a whole one, whenever the tab is closed; and what was
// left before is thrown away for a training that goes, not for one that was only begun.

import { CHECKPOINTS, hasLossNetwork, isForeign } from "./header.js";
import { OPTIMISING } from "./networks.js";
import { bytesOf } from "./store.js";
import { LOCK, forget, store } from "./training-store.js";
import { fileOf, keep, refusalOf } from "./worker-generators.js";
import { letGo, read } from "./worker-pictures.js";
import { Job, describing, failure, free, lend, measuring, studio } from "./worker-studio.js";
import { Examples } from "./wasm/atelier.js";

export const operations = { train, finishTraining, stepTraining, setPlayers, findTraining, forgetTraining };

/** A tab or worker that has just ended lets go of it a moment later. */
const LOCK_MS = 3000;
const NOT_GIVEN = ["TimeoutError", "SecurityError"];
const PLAN = "plan.json";
const CHECKPOINT = /^checkpoint-(\d+)$/;

const SAVE_MS = 30_000;
/** Between two samples, at the least; and no more than a tenth of the time goes into them. */
const SAMPLE_MS = 4000;
const SAMPLE_SHARE = 10;
/** Smaller than what is made later, strokes would be shown coarser than they will be. */
const SAMPLE_SIDE = 384;

/** The unfinished training that can be gone on with, if there is one and no other tab is at it. */
async function findTraining() {
  if (studio.job) return { value: null };
  const value = await alone(async (room) => {
    const [plan, checkpoint] = room ? [await planned(), await latest()] : [null, null];
    return plan && checkpoint ? { name: plan.name, step: checkpoint.step, steps: plan.settings.steps } : null;
  });
  return { value };
}

/** Gives the store to `use`, or nothing where another tab has it, or where browsers' tabs cannot agree on who has, as where a site may keep nothing. */
async function alone(use) {
  if (!navigator.locks) return use(null);
  let given = false;
  const go = () => {
    given = true;
    return use(store);
  };
  try {
    return await navigator.locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_MS) }, go);
  } catch (reason) {
    if (given || !NOT_GIVEN.includes(reason?.name)) throw reason;
    return use(null);
  }
}

async function planned() {
  const file = await store.read(PLAN);
  try {
    return file && JSON.parse(await file.text());
  } catch (reason) {
    console.debug("plan", reason);
    return null;
  }
}

/** The checkpoint with the most steps. @returns {Promise<{name: string, step: number} | null>} */
async function latest() {
  const steps = (await store.list()).flatMap(({ name }) => CHECKPOINT.exec(name)?.[1] ?? []).map(Number);
  const step = Math.max(-1, ...steps);
  return step < 0 ? null : { name: `checkpoint-${step}`, step };
}

async function forgetTraining() {
  await forget();
  return { value: {} };
}

/** Ends the training with the generator as it stands. */
function finishTraining({ run }) {
  if (studio.job?.id === run) {
    studio.job.finished = true;
    studio.job.resume();
  }
  return { value: {} };
}

/** Lets a paused training do one step more. */
function stepTraining({ run }) {
  if (studio.job?.id === run) studio.job.resume(true);
  return { value: {} };
}

/** Who learns from the next step on. */
async function setPlayers({ run, players }) {
  if (studio.job?.id === run) await studio.job.ask((training) => training?.setPlayers(players));
  return { value: {} };
}

/** `checkpoint`: what found no place here before; `replaces`: what was left here may go for it; `passing`: neither the training nor its generator is to be stored. */
async function train({ id, resume, replaces = false, steps, plan, checkpoint, passing = false }, tell) {
  if (studio.job) throw failure("run-in-progress", "visitor");
  const job = new Job(id);
  try {
    await studio.aside;
    await describing(tell);
    // Another tab may have left one since it was asked for.
    const use = async (room) => learn(job, room && (resume || replaces || !await latest()) ? room : null, { resume, steps, plan, checkpoint, passing }, tell);
    return { value: await (passing ? use(null) : alone(use)) };
  } finally {
    job.end();
  }
}

async function learn(job, room, { resume, steps, plan, checkpoint, passing }, tell) {
  const set = { styles: [], contents: [], sample: null };
  let training;
  try {
    if (resume && !room) throw navigator.locks ? failure("training-elsewhere", "visitor") : lost();
    training = resume ? await restored(set, steps, checkpoint, tell) : await begun(job, plan, checkpoint, set, tell);
    if (job.cancelled) return { cancelled: true };
    if (!passing) tell(training.choices());
    const { name } = resume ? await planned() : plan;
    if (!room && !passing) tell({ kind: "saved", stored: false, elsewhere: Boolean(navigator.locks) });
    // Whether its pictures are in the store.
    let away = resume;
    const putAway = async (/** @type {number} */ step, /** @type {Uint8Array} */ bytes) => {
      away ||= await putPicturesAway(plan, set);
      if (!away) return false;
      const older = await room.list();
      if (!await room.write(`checkpoint-${step}`, bytes)) {
        // Pictures alone cannot be gone on with.
        if (!await latest()) {
          await room.clear();
          away = false;
        }
        return false;
      }
      for (const { name } of older) if (CHECKPOINT.test(name) && name !== `checkpoint-${step}`) await room.remove(name);
      return true;
    };
    // Whether the page has one that found no place here.
    let given = false;
    const save = async (/** @type {number} */ step) => {
      if (passing || (!away && !given && job.cancelled)) return;
      const bytes = await training.checkpoint();
      const stored = Boolean(room) && await putAway(step, bytes);
      // What has no place here the page keeps for as long as it is open; next time there may be room.
      given ||= !stored;
      tell({ kind: "saved", stored, elsewhere: !room && Boolean(navigator.locks), ...stored ? {} : { checkpoint: new Blob([bytes]) } });
    };
    await goThrough(job, training, set.sample, save, tell);
    if (job.cancelled) return { cancelled: true };
    const bytes = await training.generator(name);
    const generator = await keep(bytes, !passing);
    // What could not be kept can still be gone on with.
    if (room && !generator.unstored) await room.clear();
    return { cancelled: false, generator };
  } finally {
    free(set.sample);
    free(training);
  }
}

/** Trains until the end, or until it is told to stop. */
async function goThrough(job, training, shown, save, tell) {
  let [saved, sampled, pause, step, last] = [-Infinity, -Infinity, SAMPLE_MS, 0, 0];
  job.onPause = async () => { if (step > last) await save(last = step); };
  for (;;) {
    await job.turn(training);
    if (job.cancelled) return job.onPause();
    // Only now is it known that nobody wants to end it.
    if (step > last && performance.now() - saved > SAVE_MS) {
      await save(last = step);
      saved = performance.now();
    }
    // Before its first step a generator does not know its style.
    if (job.finished && step) return;
    const event = await training.next();
    if (!event) return;
    tell(event);
    if (event.kind !== "step") continue;
    step = event.step;
    const now = performance.now();
    if (now - sampled > pause || job.once) {
      // One whose weights have run away paints nothing, and is called back.
      const sample = await training.sample(shown, SAMPLE_SIDE).catch((error) => { if (error?.code !== "not-finite") throw error; });
      if (sample) tell(sample, [sample.pixels]);
      sampled = performance.now();
      pause = Math.max(SAMPLE_MS, SAMPLE_SHARE * (sampled - now));
    }
    if (job.once) job.pause();
  }
}

/** A training, or none where it is cancelled meanwhile. */
async function begun(job, { styles, contents, settings, generator }, checkpoint, set, tell) {
  await measuring(OPTIMISING, tell);
  const examples = new Examples(settings);
  try {
    const all = async (kind, pictures, used, use) => {
      for (const [index, { file, name }] of pictures.entries()) {
        // Between two pictures it is heard that nobody waits any longer.
        await job.turn();
        if (job.cancelled) return;
        if (await add(file, use)) used.push(file);
        // With fewer than it was begun with it would be another training.
        else if (checkpoint) throw lost();
        else tell({ kind: "left-out", name, set: kind, index });
        if (file !== set.contents[0]) letGo([file]);
      }
    };
    await all("styles", styles, set.styles, (picture) => examples.addStyle(picture));
    await all("contents", contents, set.contents, (picture) => examples.addContent(picture));
    if (job.cancelled) return free(examples);
    tell({ kind: "notes", codes: examples.notes() });
    // Without a photo that can be read there is no training either.
    const [first] = set.contents;
    if (first) {
      set.sample = await read(first);
      letGo([first]);
    }
    // The page has kept a checkpoint that found no place here.
    if (checkpoint) return studio.engine.resumeTraining(examples, await bytesOf(checkpoint));
    const start = generator ? await fileOf(generator, tell) : undefined;
    try {
      return studio.engine.train(examples, settings, start);
    } catch (error) {
      throw generator ? await refusalOf(generator, error) : error;
    }
  } catch (error) {
    free(examples);
    throw error;
  }
}

/** One picture for the set. @returns {Promise<boolean>} whether it could be used */
async function add(file, use) {
  try {
    lend([await read(file)], use);
    return true;
  } catch (error) {
    if (error?.party !== "visitor") throw error;
    return false;
  }
}

/** Puts pictures and plan away, in the place of what was there. @returns {Promise<boolean>} whether all of it could be */
async function putPicturesAway(plan, set) {
  if (!plan) return false;
  await store.clear();
  // A file may have gone since it was read.
  const whole = await written(plan, set).catch((reason) => console.debug("pictures", reason));
  if (!whole) await store.clear();
  return Boolean(whole);
}

/** The plan comes last: it stands for the whole. */
async function written({ name, settings }, { styles, contents }) {
  const numbered = (kind, files) => files.map((file, index) => [`${kind}-${index}`, file]);
  for (const [name, file] of [...numbered("style", styles), ...numbered("content", contents), ["sample", contents[0]]]) {
    if (!await store.write(name, await bytesOf(file))) return false;
  }
  const plan = { name, settings, styles: styles.length, contents: contents.length };
  return store.write(PLAN, new TextEncoder().encode(JSON.stringify(plan)));
}

const lost = () => failure("training-lost", "visitor");

/** The set of a plan that was put away. Settings that this version does not know are another version's. */
function examplesFor({ settings }) {
  try {
    return new Examples(settings);
  } catch (error) {
    throw error?.code === "settings-malformed" ? failure("training-foreign", "visitor") : error;
  }
}

/** The training as the store has it, or as the page has it since, to go on to so many steps. */
async function restored(set, steps, kept, tell) {
  const plan = await planned();
  const checkpoint = await latest();
  const file = kept ?? (checkpoint && await store.read(checkpoint.name));
  if (!plan || !file) throw lost();
  if (await isForeign(file, CHECKPOINTS)) throw failure("training-foreign", "visitor");
  if (await hasLossNetwork(file)) await measuring(OPTIMISING, tell);
  const examples = examplesFor(plan);
  try {
    const all = async (kind, count, use) => {
      for (let index = 0; index < count; index++) {
        const file = await store.read(`${kind}-${index}`);
        if (!file || !await add(file, use)) throw lost();
      }
    };
    await all("style", plan.styles, (picture) => examples.addStyle(picture));
    await all("content", plan.contents, (picture) => examples.addContent(picture));
    tell({ kind: "notes", codes: examples.notes() });
    const sample = await store.read("sample");
    if (!sample) throw lost();
    set.sample = await read(sample);
    const training = studio.engine.resumeTraining(examples, await bytesOf(file), steps);
    if (steps && plan.settings.steps !== steps) {
      plan.settings.steps = steps;
      await store.write(PLAN, new TextEncoder().encode(JSON.stringify(plan)));
    }
    return training;
  } catch (error) {
    free(examples);
    if (error?.code !== "model-damaged") throw error;
    if (!kept) await store.remove(checkpoint.name);
    throw lost();
  }
}
