/** A question that can't be judged: its message says what is wrong and what there is. */
export class Unanswerable extends Error {
  override readonly name = "Unanswerable";
}

/** For messages: what there is, not more than a screen takes. */
export function listed(names: readonly string[], most = 30): string {
  if (names.length === 0) return "none";
  const shown = [...names].sort().slice(0, most).join("\n  ");
  return `\n  ${shown}${names.length > most ? `\n  and ${names.length - most} more` : ""}`;
}
