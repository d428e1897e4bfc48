import type { Formula } from "./formula.ts";
import type { Variable } from "./text.ts";

/** Variables of one question, as they are needed. */
export class Scope {
  readonly texts: Variable[] = [];
  readonly booleans: string[] = [];
  readonly asserted: Formula[] = [];

  text(kind: Variable["kind"]): Variable {
    const variable: Variable = { name: `v${this.texts.length}`, kind };
    this.texts.push(variable);
    return variable;
  }

  boolean(): Formula {
    const name = `b${this.booleans.length}`;
    this.booleans.push(name);
    return name;
  }
}
