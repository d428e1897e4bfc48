/** What the fuzz tests share: one seed that is printed, how many cases, and mutations of samples that are valid. */
import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";

/** `BULKHEAD_TEST_SEED` repeats a run. */
export const SEED = Number(process.env["BULKHEAD_TEST_SEED"] ?? Date.now() % 2 ** 31);
/** `BULKHEAD_TEST_CASES` asks for more, or for fewer while one writes a test. */
export const RUNS = Number(process.env["BULKHEAD_TEST_CASES"] ?? 10_000);

/** For the title of a `describe`, so that every run tells how to repeat it. */
export const SEEDED = `(BULKHEAD_TEST_SEED=${SEED})`;

/** @param runs - For cases that cost more than a call: sockets, folders. */
export function fuzz<Case>(cases: fc.IRawProperty<Case>, runs = RUNS): Promise<void> | void {
  return fc.assert(cases, { seed: SEED, numRuns: runs });
}

/** Nothing of the inside: frames of a stack, paths of this machine, names of the code's own errors. */
export const INSIDE =
  /\n\s+at |node_modules|node:internal|file:\/\/|\.ts:\d+|\/(?:home|tmp|work|Users|private)\/|(?:Type|Range|Reference|Syntax)Error|is not a function(?!')|Cannot read prop|Maximum call stack/;

export function assertTellsNothing(text: string): void {
  assert.doesNotMatch(text, INSIDE, text.slice(0, 400));
}

/** Members of every object's prototype, and what else a map of names tends to stumble over. */
export const TRAPS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "length",
  "",
];

/** Text that parsers tend to stumble over. */
export const hostileText = fc.oneof(
  { weight: 12, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  { weight: 6, arbitrary: fc.constantFrom(...TRAPS) },
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      "\0",
      "\r\n",
      "\n",
      "\u2028",
      "\u202e",
      "\ufeff",
      "\ud800",
      "\udfff\ud800",
      "../",
      "%2e%2e%2f",
      "%",
      "%00",
      "%ff",
      "%u0041",
      "\\",
      "'\"`",
      "<!--",
      "]]>",
      "${jndi:x}",
      "-1",
      "1e999",
      "9007199254740993",
      "-0",
      "0x10",
      "NaN",
      "null",
      "*",
      "**",
      "?",
      "é",
      "e\u0301",
      "😀",
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("a", "*", "[", "{", '{"a":', "%41", "é", "\\")
      .map((unit) => unit.repeat(3000)),
  },
);

/** JSON of any shape, with hostile names and values. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.constantFrom(0, -1, 2 ** 53 + 2, 1e308, -1e-308),
      hostileText,
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(hostileText, tie("value")), { maxLength: 4 }).map(fromEntries),
  ),
})).value;

/** Of undefined too, which JSON does not know: then `undefined`, which is none. */
export const jsonOf = (value: unknown): string => (value === undefined ? "undefined" : JSON.stringify(value));

/** `__proto__` as a member like any other, as JSON.parse makes it. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

/** A valid JSON value with some of its parts replaced, removed, doubled or added. */
export function mutatedJson(samples: readonly unknown[]): fc.Arbitrary<unknown> {
  const step = fc.record({
    /** Which part, counted over all parts of the value. */
    at: fc.nat(40),
    how: fc.constantFrom<Step["how"][]>("replace", "remove", "add", "wrap"),
    name: hostileText,
    value: hostileJson,
  });
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(step, { maxLength: 3 }))
    .map(([sample, steps]) => steps.reduce<unknown>((value, each) => mutate(value, each), sample));
}

interface Step {
  readonly at: number;
  readonly how: "replace" | "remove" | "add" | "wrap";
  readonly name: string;
  readonly value: unknown;
}

function mutate(root: unknown, { at, how, name, value }: Step): unknown {
  let left = at;
  const visit = (node: unknown): unknown => {
    const here = left-- === 0;
    if (here && how === "replace") return value;
    if (here && how === "wrap") return [node];
    if (Array.isArray(node)) {
      const parts = node.flatMap((part) => (left === 0 && how === "remove" ? (left--, []) : [visit(part)]));
      return here && how === "add" ? [...parts, value] : parts;
    }
    if (typeof node === "object" && node !== null) {
      const parts = Object.entries(node).flatMap(([key, part]): [string, unknown][] =>
        left === 0 && how === "remove" ? (left--, []) : [[key, visit(part)]],
      );
      return fromEntries(here && how === "add" ? [...parts, [name, value]] : parts);
    }
    return node;
  };
  return visit(root);
}

/** Bytes of a valid sample with some cut out, doubled, changed or put in. */
export function mutatedBytes(samples: readonly (Buffer | string)[]): fc.Arbitrary<Buffer> {
  const cut = fc.record({
    /** Where, as a part of the whole. */
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(12),
    put: fc.oneof(
      fc.constant(Buffer.alloc(0)),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      hostileText.map((text) => Buffer.from(text)),
      fc.constantFrom(...samples).map((sample) => Buffer.from(sample)),
    ),
  });
  return fc.tuple(fc.constantFrom(...samples), fc.array(cut, { maxLength: 3 })).map(([sample, cuts]) =>
    cuts.reduce((bytes, { at, length, put }) => {
      const start = Math.floor(at * bytes.length);
      return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + length)]);
    }, Buffer.from(sample)),
  );
}

/** The time that one call may take at most, on a machine that does other things too. */
export const BOUND_MS = 5_000;

export function within<T>(work: () => T, what = ""): T {
  const began = performance.now();
  const result = work();
  const took = performance.now() - began;
  assert.ok(took < BOUND_MS, `${what} took ${took.toFixed(0)} ms`);
  return result;
}
