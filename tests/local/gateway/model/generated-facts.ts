/** Made-up documents and questions: nothing in them exists anywhere else, so no stand-in can be tuned to them. */

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value = (value + Math.imul(value ^ (value >>> 7), value | 61)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Case {
  readonly passages: readonly { readonly id: number; readonly text: string }[];
  readonly question: string;
  /** The passage that answers; undefined if none does. */
  readonly answeredBy: number | undefined;
  /** What the answer must hold. */
  readonly value: string;
}

interface Fact {
  readonly subject: string;
  readonly place: string;
  readonly kind: number;
  readonly value: string;
}

/** Each kind of fact: how documents state it, and how people ask for it. */
const KINDS: readonly {
  readonly says: readonly string[];
  readonly asks: readonly string[];
}[] = [
  {
    says: ["The S of P costs V.", "In P, a S is sold for V.", "The price of a S from P is V."],
    asks: [
      "How much does the S of P cost?",
      "What is the price of a S in P?",
      "What do I pay for a S from P?",
      "How expensive is the S of P?",
    ],
  },
  {
    says: ["The S of P weighs V.", "With its stand, the S of P has a weight of V."],
    asks: ["How heavy is the S of P?", "What does the S of P weigh?", "What is the weight of P's S?"],
  },
  {
    says: ["In P, every S must be inspected after V.", "Inspection of a S in P is due after V."],
    asks: ["When must a S in P be inspected?", "How long may I wait before my S in P needs an inspection?"],
  },
  {
    says: ["The S of P was founded by V.", "V founded the S in P."],
    asks: ["Who founded the S of P?", "Who is the founder of the S in P?", "By whom was P's S established?"],
  },
  {
    says: ["Members from P can cancel a S within V.", "A S can be cancelled in P up to V before it starts."],
    asks: ["Until when can I cancel a S in P?", "How late is the cancellation of a S possible in P?"],
  },
];

const CONSONANTS = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"];
const ENDINGS = ["l", "m", "n", "r", "k", "t"];

const FILLER = [
  "The weather was mild that season and the harvest came in early.",
  "Visitors are welcome on weekdays, and a guide can be booked at the gate.",
  "This page is reviewed twice a year by the editorial team.",
  "Please keep a copy of every letter that you receive.",
  "Older editions of this text remain valid for reference only.",
  "Several committees discussed the matter at length without a vote.",
];

export function generate(seed: number): Case[] {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const made = new Set<string>();
  const syllables = (count: number): string => {
    for (;;) {
      let word = "";
      for (let i = 0; i < count; i++) word += pick(CONSONANTS) + pick(["a", "e", "i", "o", "u"]);
      word += pick(ENDINGS);
      // Distinct first letters, so that no stemming makes two names one.
      if (!made.has(word.slice(0, 5))) {
        made.add(word.slice(0, 5));
        return word;
      }
    }
  };
  const name = (): string => {
    const word = syllables(2);
    return word.charAt(0).toUpperCase() + word.slice(1);
  };
  const value = (kind: number): string =>
    kind === 3 ? `${name()} ${name()}` : `${Math.floor(next() * 900) + 100} ${syllables(1)}s`;

  const subjects = Array.from({ length: 6 }, () => syllables(2));
  const places = Array.from({ length: 5 }, name);
  const facts: Fact[] = [];
  // Each subject in two places and two kinds each: neighbours of every question share words with it.
  for (const subject of subjects)
    for (const place of [...places].sort(() => next() - 0.5).slice(0, 2))
      for (const kind of [...KINDS.keys()].sort(() => next() - 0.5).slice(0, 2))
        facts.push({ subject, place, kind, value: value(kind) });

  const write = (template: string, fact: Fact): string =>
    template.replace(/\b[SPV]\b/g, (slot) =>
      slot === "S" ? fact.subject : slot === "P" ? fact.place : fact.value,
    );
  const shuffled = [...facts].sort(() => next() - 0.5);
  const passages: { id: number; text: string }[] = [];
  const home = new Map<Fact, number>();
  for (let at = 0; at < shuffled.length; at += 3) {
    const id = passages.length + 1;
    const lines = shuffled.slice(at, at + 3).map((fact) => {
      home.set(fact, id);
      return write(pick(KINDS[fact.kind]!.says), fact);
    });
    const paragraph = [...lines, pick(FILLER), pick(FILLER)].sort(() => next() - 0.5).join(" ");
    passages.push({
      id,
      text: next() < 0.5 ? `# ${pick(["Notes", "Handbook", "Terms"])}\n\n${paragraph}` : paragraph,
    });
  }

  const cases: Case[] = facts.map((fact) => ({
    passages,
    question: write(pick(KINDS[fact.kind]!.asks), fact),
    answeredBy: home.get(fact)!,
    value: fact.value,
  }));
  const known = (subject: string, place: string, kind: number): boolean =>
    facts.some((fact) => fact.subject === subject && fact.place === place && fact.kind === kind);
  for (let i = 0; i < 12; i++) {
    const kind = Math.floor(next() * KINDS.length);
    // In turn: a subject that exists elsewhere, an unknown subject, an unknown place, an attribute never stated.
    let subject = i % 4 === 1 ? syllables(2) : pick(subjects);
    let place = i % 4 === 2 ? name() : pick(places);
    while (known(subject, place, kind)) [subject, place] = [pick(subjects), pick(places)];
    const question =
      i % 4 === 3
        ? write(
            pick(["What colour is the S of P?", "Who repairs the S in P?", "Is the S of P waterproof?"]),
            { subject, place, kind, value: "" },
          )
        : write(pick(KINDS[kind]!.asks), { subject, place, kind, value: "" });
    cases.push({ passages, question, answeredBy: undefined, value: "" });
  }
  return cases;
}
