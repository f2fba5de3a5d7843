// @ts-check
// The mode "Train": a generator learns the style of a handful of pictures, here in the tab. The worker leaves checkpoints on this device, so
// that a closed tab loses half a minute at most; what is unfinished is offered again.
import { byId, find } from "./dom.js";
import { AtelierError } from "./errors.js";
import { fetched } from "./fetched.js";
import { nameOf } from "./generators.js";
import { showTitle } from "./label.js";
import { guard } from "./leaving.js";
import { mode } from "./modes.js";
import { addNote, listNotes } from "./notes.js";
import { Sparkline } from "./sparkline.js";
import { sure } from "./sure.js";
import { duration, loss, number, put, putComputed, size } from "./text.js";
import { TrainingSet } from "./training-set.js";
import { MOST_STYLES, USUAL, trainingSettings } from "./training-settings.js";
import { Voice, Awake } from "./voice.js";

/** @typedef {import("./training-set.js").Member} Member */
/** @typedef {{name: string, plan: object | undefined, checkpoint: Blob, stored: boolean}} Kept */

/** Photos to practise on beside the samples. */
const MOST_CONTENTS = 200;
/** What is drawn: by orders of magnitude what falls by them; the game's figures only where there is a discriminator to play. */
const CURVES = { content: true, style: true, adversarial: false, discriminator: false, success: false };
const GAME = ["adversarial", "discriminator", "success"];

export class Train {
  /** What was trained last. @type {import("./generators.js").Generator | null} */
  trained = null;
  #curves = Object.entries(CURVES).map(([name, logarithmic]) => ({ name, curve: new Sparkline(byId(`spark-${name}`), logarithmic) }));
  #voice = new Voice();
  /** What found no place on this device: of a training that goes on from what is there, without a plan; `stored`: an older state of it did. @type {Kept | null} */
  #kept = null;
  /** Pictures of the training in progress that could not be used. @type {Set<Member>} */
  #leftOut = new Set();
  /** It is being looked whether there is a training to be lost. */
  #looking = false;
  /** What a closed tab has left. @type {{name: string, step: number, steps: number} | null} */
  #left = null;
  /** Of the training in progress; `saved`: whether it can be gone on with when the page is left, null while there is nothing to go on with.
   * @type {{name: string, first: number, paused: boolean, step: number, steps: number, saved: boolean | null}} */
  #now = { name: "", first: 0, paused: false, step: 0, steps: 0, saved: null };

  /** @param {import("./main.js").Studio} studio @param {import("./generators.js").Generators} generators */
  constructor(studio, generators) {
    this.studio = studio;
    this.generators = generators;
    const { inspect, onChange } = studio;
    this.styles = new TrainingSet("styles", { most: MOST_STYLES, inspect, onChange });
    this.contents = new TrainingSet("contents", { most: MOST_CONTENTS, inspect, onChange });
    byId("unfinished-continue").addEventListener("click", () => studio.resume(() => {
      const kept = this.#kept;
      // The page may have a newer state of the same.
      this.#train(true, kept && (!kept.plan || kept.stored) ? kept : null);
    }));
    byId("continue-training").addEventListener("click", () => studio.resume(() => this.#goOn(true, this.#kept)));
    const discard = byId("unfinished-discard");
    discard.addEventListener("click", () => sure(discard, "train.discard-sure", {}, () => this.#discard()));
    byId("players").addEventListener("change", () => this.work?.setPlayers(byId("players").value));
    byId("one-step").addEventListener("click", () => this.work?.step());
    byId("keep").addEventListener("click", () => {
      if (!this.work) return;
      this.work.finish();
      put(studio.status, "status.keeping");
    });
    byId("use-trained").addEventListener("click", () => studio.use(/** @type {import("./generators.js").Generator} */ (this.trained)));
    byId("export-trained").addEventListener("click", () => this.#export());
    for (const id of ["train-patch", "train-batch", "train-steps"]) byId(id).addEventListener("change", () => { byId(id).dataset.chosen = "here"; });
  }

  /** The pictures whose style is learnt: those in the wells first. @returns {Member[]} */
  get #styles() {
    const hung = this.studio.styles.list.map(({ picture }) => ({ file: picture.file, name: picture.name() }));
    return [...hung, ...this.styles.members].slice(0, MOST_STYLES);
  }

  get ready() {
    return this.#styles.length > 0;
  }

  /** Looks for what a closed tab has left, and sets what suits the device. */
  async refresh() {
    const { backend } = this.studio.engine.opened ?? {};
    for (const [name, value] of Object.entries(backend ? USUAL[backend] : {})) {
      if (!byId(`train-${name}`).dataset.chosen) byId(`train-${name}`).value = String(value);
    }
    this.#left = await this.studio.engine.findTraining().catch(() => null);
    byId("unfinished").hidden = !this.#left || this.studio.busy;
    // What the page alone has can be gone on with until another training has something of its own.
    const isLeft = this.#left && this.#now.saved && document.body.dataset.phase === "cancelled";
    byId("stopped").hidden = this.studio.busy || !(isLeft || this.#kept);
    if (this.#left) {
      put(byId("unfinished-about"), "train.unfinished", this.#left);
      byId("unfinished-steps").min = String(Math.max(this.#left.step, 1));
      byId("unfinished-steps").value = String(this.#left.steps);
      // Another version's plan may say anything.
      byId("unfinished-end").hidden = !Number.isInteger(this.#left.steps);
    }
  }

  /** Says how many pictures there are. */
  describe() {
    const { length } = this.#styles;
    const over = this.studio.styles.list.length + this.styles.members.length - length;
    if (over > 0) put(byId("train-styles-about"), "train.styles.over", { count: length, over });
    else if (length) put(byId("train-styles-about"), "train.styles.count", { count: length });
    else put(byId("train-styles-about"), "train.styles.none");
  }

  /** Whether what was dropped is for a set: a folder, several files, or what is let go over the panel. @param {import("./intake.js").Dropped} dropped */
  take({ files, entries, target }) {
    if (!entries.length) return this.#gather(files, target);
    this.#gatherFolders(entries, target);
    return true;
  }

  /** @param {any[]} entries @param {EventTarget | null} target */
  async #gatherFolders(entries, target) {
    try {
      const { filesIn, picturesOf } = await import("./batch-files.js");
      const { pictures } = picturesOf(await filesIn(entries));
      if (!pictures.length) throw new AtelierError("folder-empty", "visitor");
      if (!this.#gather(pictures, target)) this.styles.add(pictures);
    } catch (reason) {
      console.debug("folder", reason);
      const isKnown = reason instanceof AtelierError;
      this.studio.panel.show(isKnown ? reason : new AtelierError("folder-unreadable", "visitor"));
    }
  }

  /** @param {File[]} files @param {EventTarget | null} target */
  #gather(files, target) {
    const over = target instanceof Node && byId("training").contains(target);
    if (!files.length || !(over || files.length > 1)) return false;
    const onContents = target instanceof Element && target.closest(".set")?.contains(byId("train-contents-list"));
    (onContents ? this.contents : this.styles).add(files);
    return true;
  }

  /** Begins a training, after a question where that would throw another one away. */
  async begin() {
    if (this.#looking) return;
    if (this.studio.busy || !this.ready) return this.#train(false);
    const start = byId("start");
    this.#looking = true;
    // It may not have been known when this mode was entered.
    await this.refresh();
    this.#looking = false;
    if (mode() !== "train") return; // something else is wanted by now
    const name = this.#kept?.name ?? this.#left?.name;
    if (name === undefined || this.studio.busy) return this.#train(false);
    sure(start, "train.replace-sure", { name }, () => this.#train(false, null, true));
  }

  /** @param {boolean} resume what is on this device @param {Kept | null} kept what the page has, to be gone on with
   * @param {boolean} replaces what is on this device may be thrown away for it: somebody has said so, or it is an older state of the same */
  async #train(resume, kept = null, replaces = kept?.stored === true) {
    const { studio, generators } = this;
    if (studio.busy) return studio.panel.show(new AtelierError("run-in-progress", "visitor"));
    const fresh = !resume && !kept;
    const steps = byId(resume ? "unfinished-steps" : "train-steps");
    if (fresh && !this.ready) return studio.refuseWells(true);
    const asked = fresh || (resume && !byId("unfinished-end").hidden);
    const usable = !asked || (steps.checkValidity() && Number.isInteger(steps.valueAsNumber));
    steps.setAttribute("aria-invalid", String(!usable));
    if (!usable) {
      studio.panel.show(new AtelierError("training-steps", "visitor", { min: Number(steps.min), max: Number(steps.max) }));
      return steps.focus();
    }
    const abort = new AbortController();
    const cancel = () => { abort.abort(); put(studio.status, "status.stopping"); };
    this.trained = null;
    // What another training has left goes when this one has something of its own.
    const chosen = byId("train-name").value.trim() || this.#styles.at(0)?.name || "";
    const name = kept?.name ?? (resume ? this.#left?.name : null) ?? chosen;
    const before = this.#kept;
    // Of this training, and not of one before it.
    const own = () => (kept || this.#kept !== before ? this.#kept : null);
    this.#now = { name, first: -1, paused: false, step: 0, steps: 0, saved: resume || null };
    const awake = new Awake();
    byId("unfinished").hidden = byId("stopped").hidden = true;
    studio.take(this.#control(cancel, awake), studio.content.picture);
    this.#reset();
    try {
      const plan = resume ? undefined : kept?.plan ?? await this.#plan(name);
      // What is gone on with as it was put away may find no place any more.
      const whole = plan ?? kept?.plan;
      const job = { resume, replaces, steps: asked ? steps.valueAsNumber : undefined, plan, checkpoint: kept?.checkpoint };
      this.work = studio.engine.train(job, { signal: abort.signal, onEvent: (event) => this.#hear(event, whole) });
      if (this.#now.paused) this.work.pause();
      const { cancelled, generator } = await this.work.result;
      if (!cancelled) this.#kept = null;
      studio.release();
      if (cancelled) {
        const { saved } = this.#now;
        put(studio.status, own() ? "status.stopped-here" : saved ? "status.stopped" : saved === null ? "status.cancelled-early" : "status.stopped-unstored");
        studio.enter("cancelled");
        studio.land();
      } else {
        this.trained = generator;
        await generators.add(generator);
        put(byId("result-title"), "label.trained", { name: nameOf(generator) });
        const key = generator.unstored ? "status.trained-unstored" : "status.trained";
        put(studio.status, key, { name: nameOf(generator), size: () => size(generator.bytes) });
        studio.enter("done");
        studio.land();
      }
    } catch (thrown) {
      studio.release();
      const error = AtelierError.from(thrown);
      if (error.code === "generator-lost") generators.refresh();
      // Without what was put away it is of no use, unless the page knows its pictures.
      if (error.code === "training-lost" && resume && kept) this.#kept = kept.plan ? { ...kept, stored: false } : null;
      const { saved } = this.#now;
      const mine = own();
      studio.fail(error, () => this.#goOn(saved === true, mine, replaces));
    } finally {
      awake.end();
      this.work = null;
      guard("training", this.#kept !== null);
      await this.refresh();
    }
  }

  /** Saves what was trained as a file. */
  async #export() {
    const { studio, generators, trained } = this;
    if (!trained) return;
    try {
      put(studio.status, "status.saved", { name: await generators.export(trained) });
    } catch (thrown) {
      studio.complain(AtelierError.from(thrown), () => this.#export());
    }
  }

  /** Throws away what was left. */
  async #discard() {
    try {
      await this.studio.engine.forgetTraining();
      this.#kept = null;
      guard("training", false);
    } catch (thrown) {
      this.studio.panel.show(AtelierError.from(thrown));
    }
    await this.refresh();
    byId("start").focus({ preventScroll: true });
  }

  /** After a failure or an end before its time. What the page has is newer than what was put away, which is gone on with otherwise; what an older training has left is another matter.
   * @param {boolean} saved @param {Kept | null} kept @param {boolean} [replaces] */
  async #goOn(saved, kept, replaces) {
    await this.refresh();
    this.#train(kept ? !kept.plan || kept.stored : saved, kept, replaces);
  }

  /** What Pause and Cancel do. @param {() => void} cancel @param {Awake} awake */
  #control(cancel, awake) {
    const now = this.#now;
    const toggle = () => {
      now.paused = !now.paused;
      if (now.paused) {
        awake.rest();
        this.work?.pause();
        byId("one-step").hidden = false;
        this.#sayPaused();
      } else {
        awake.ask();
        this.work?.resume();
        byId("one-step").hidden = true;
        put(this.studio.status, "status.training");
      }
    };
    return { cancel, toggle, get paused() { return now.paused; } };
  }

  /** All that a training needs to know. @param {string} name */
  async #plan(name) {
    const start = this.generators.start;
    const settings = trainingSettings({
      steps: byId("train-steps").valueAsNumber,
      batch: Number(byId("train-batch").value),
      patch: Number(byId("train-patch").value),
      adversarial: byId("train-adversarial").valueAsNumber / 100,
      refines: Boolean(start),
    });
    const photo = this.studio.content.picture;
    /** @type {Member[]} */
    const contents = [...photo ? [{ file: photo.file, name: photo.base }] : [], ...this.contents.members, ...await samples(photo?.sample)];
    if (!contents.length) throw new AtelierError("training-no-contents", "visitor");
    return { name, settings, styles: this.#styles, contents, generator: start };
  }

  #reset() {
    this.studio.progress.removeAttribute("value");
    for (const name of ["step", ...Object.keys(CURVES)]) putComputed(byId(`fact-${name}`), () => "–");
    for (const { curve } of this.#curves) curve.clear();
    listNotes(byId("train-notes"), []);
    this.#leftOut.clear();
    for (const id of ["players-field", "one-step"]) byId(id).hidden = true;
    showTitle("label.training", { name: this.#now.name });
    put(this.studio.status, "status.preparing");
    this.#voice.soon();
  }

  /** @param {any} event @param {object | undefined} plan of the training that tells it */
  #hear(event, plan) {
    const { studio } = this;
    if (event.kind === "fetch" && event.total) [studio.progress.max, studio.progress.value] = [event.total, event.loaded];
    else if (event.kind === "style") this.#voice.sometimes(() => put(studio.status, "status.looking-styles", { done: event.done, of: event.of }));
    else if (event.kind === "choices") this.#choices(event);
    else if (event.kind === "notes") listNotes(byId("train-notes"), event.codes);
    else if (event.kind === "left-out") this.#leaveOut(event, plan);
    else if (event.kind === "step") this.#step(event);
    else if (event.kind === "sample") studio.wall.stage.show(event, "preview");
    else if (event.kind === "alarm") this.#alarm(event);
    else if (event.kind === "saved") this.#saved(event, plan);
  }

  /** What could not be used is no part of what is gone on with. @param {{name: string, set: "styles" | "contents", index: number}} event @param {any} plan */
  #leaveOut({ name, set, index }, plan) {
    addNote(byId("train-notes"), "left-out", { name });
    this.#leftOut.add(plan[set][index]);
  }

  /** The last of its kind is the one that matters. @param {{code: string, step: number}} event */
  #alarm({ code, step }) {
    const notes = byId("train-notes");
    notes.querySelector(`[data-note=${code}]`)?.remove();
    addNote(notes, code, { step });
  }

  #sayPaused() {
    const { step, steps, saved } = this.#now;
    if (!steps) put(this.studio.status, "status.training-paused-early");
    else put(this.studio.status, saved ? "status.training-paused" : "status.training-paused-here", { step, steps });
  }

  /** What was put away once can be gone on with, whether there is room for more or not.
   * @param {{stored: boolean, elsewhere?: boolean, checkpoint?: Blob}} event @param {any} [plan] */
  #saved({ stored, elsewhere = false, checkpoint }, plan) {
    const now = this.#now;
    const used = (/** @type {Member[]} */ members) => members.filter((member) => !this.#leftOut.has(member));
    const whole = plan && { ...plan, styles: used(plan.styles), contents: used(plan.contents) };
    if (checkpoint) this.#kept = { name: now.name, plan: whole, checkpoint, stored: now.saved === true };
    else if (stored) this.#kept = null;
    const saved = stored || now.saved === true;
    const news = now.saved !== saved;
    now.saved = saved;
    guard("training", !stored);
    if (now.paused && news) this.#sayPaused();
    const [notes, code] = [byId("train-notes"), elsewhere ? "elsewhere" : "unstored"];
    const told = find(notes, `[data-note=${code}]`);
    if (stored) told?.remove();
    else if (!told) addNote(notes, code);
  }

  /** Without a discriminator there is nothing to choose. @param {{players: string, adversarial: number}} event */
  #choices({ players, adversarial }) {
    byId("players").value = players;
    byId("players-field").hidden = !adversarial;
    for (const name of GAME) byId(`spark-${name}`).closest(".loss").hidden = !adversarial;
  }

  /** @param {{step: number, steps: number, secondsLeft: number, content: number, style: number, adversarial: number, discriminator: number, success: number}} event */
  #step({ step, steps, secondsLeft, ...values }) {
    const now = this.#now;
    if (now.first < 0) {
      now.first = step;
      this.#voice.soon();
    }
    Object.assign(now, { step, steps });
    const { progress, status } = this.studio;
    [progress.max, progress.value] = [steps, step];
    put(byId("fact-step"), "run.iteration-of", { iteration: step, total: steps });
    for (const { name, curve } of this.#curves) {
      const value = values[/** @type {keyof typeof values} */ (name)];
      putComputed(byId(`fact-${name}`), () => (name === "success" ? number(value, { style: "percent" }) : loss(value)));
      curve.add(value, steps - now.first + 1);
    }
    document.title = `${number(step / steps, { style: "percent" })} · Atelier`;
    if (now.paused) return this.#sayPaused();
    this.#voice.sometimes(() => {
      if (step > now.first) put(status, "status.training-left", { time: () => duration(secondsLeft) });
      else put(status, "status.training");
    });
  }
}

/** The photos that come with the site, to practise on. @param {string} [but] one that is there already @returns {Promise<Member[]>} */
async function samples(but) {
  const base = new URL("samples/", document.baseURI);
  try {
    const { contents } = await (await fetched(new URL("samples.json", base))).json();
    const others = contents.filter((/** @type {{id: string}} */ { id }) => id !== but);
    return await Promise.all(others.map(async (/** @type {{file: string, id: string}} */ { file, id }) =>
      ({ file: await (await fetched(new URL(file, base))).blob(), name: id })));
  } catch (reason) {
    console.debug("samples", reason);
    return [];
  }
}
