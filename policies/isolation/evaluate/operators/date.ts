import { UnsupportedError } from "../../errors.ts";
import { type Operator, type OperatorTable, typed } from "./operator.ts";

/** ISO 8601 in the forms of the W3C note, or seconds since 1970. */
export const dateOperators: OperatorTable = {
  DateEquals: date((request, listed) => request === listed),
  DateNotEquals: date((request, listed) => request === listed, true),
  DateLessThan: date((request, listed) => request < listed),
  DateLessThanEquals: date((request, listed) => request <= listed),
  DateGreaterThan: date((request, listed) => request > listed),
  DateGreaterThanEquals: date((request, listed) => request >= listed),
};

function date(compare: (request: number, listed: number) => boolean, negated = false): Operator {
  return typed(
    parseDate,
    requestDate,
    "a date (2026-01-31T12:00:00Z, or seconds since 1970)",
    compare,
    negated,
  );
}

const DAY = /^(\d{4})-(\d{2})(?:-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?)?$/;

/** Milliseconds since 1970. Four digits alone are refused: a year and a number of seconds look the same. */
function parseDate(text: string): number | undefined {
  if (/^\d{5,12}$/.test(text)) return Number(text) * 1000;
  const match = DAY.exec(text);
  if (!match) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) return undefined;
  // The 31st of February is no date, although JavaScript reads it as the 3rd of March.
  const day = Number(match[3] ?? "1");
  const days = new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate();
  return day <= days ? time : undefined;
}

function requestDate(text: string): number {
  const value = parseDate(text);
  if (value === undefined) throw new UnsupportedError(`the request's "${text}" is not a date`);
  return value;
}
