// @ts-check
// An error as everything that computes reports it: a code that keeps its meaning, whose turn it is, and the numbers for a sentence.

/** @typedef {"visitor" | "device" | "host" | "bug"} Party */
/** @typedef {{code: string, party: Party, details: Record<string, string | number>}} Coded */

/** An error with a stable code, as the worker sends them. */
export class AtelierError extends Error {
  /** @param {string} code @param {Party} party @param {Record<string, string | number>} [details] */
  constructor(code, party, details = {}) {
    super(code);
    this.name = "AtelierError";
    this.code = code;
    this.party = party;
    this.details = details;
  }

  /** Anything thrown or received, as a coded error; what has no code is a bug of ours. @param {any} thing */
  static from(thing) {
    if (thing instanceof AtelierError) return thing;
    if (thing && typeof thing.code === "string" && typeof thing.party === "string") {
      return new AtelierError(thing.code, thing.party, thing.details ?? {});
    }
    return new AtelierError("internal", "bug", { message: String(thing?.stack ?? thing) });
  }
}
