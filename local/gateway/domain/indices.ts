/** Names of a domain: its indices, their aliases, and what expressions stand for. */
import type { Account, Table } from "../../account/account.ts";
import type { SearchEngine } from "../search/engine.ts";
import { illegalArgument, isObject, noSuchIndex, SearchError, type JsonObject } from "../search/errors.ts";
import { matches } from "../search/path.ts";

/** Indices behind an alias. */
interface AliasEntry {
  readonly indices: readonly string[];
}

export interface AliasAction {
  readonly kind: "add" | "remove";
  readonly index: string;
  readonly alias: string;
}

export class Indices {
  readonly #engine: SearchEngine;
  readonly #aliases: Table<AliasEntry>;
  readonly #store: string;

  constructor(account: Account, engine: SearchEngine, store: string) {
    this.#engine = engine;
    this.#aliases = account.table("domain-aliases");
    this.#store = store;
  }

  /** Aliases by name. */
  #all(): [alias: string, indices: readonly string[]][] {
    return [...this.#aliases.entries(`${this.#store}/`)].map(([key, { indices }]) => [
      key.slice(this.#store.length + 1),
      indices,
    ]);
  }

  aliasesOf(index: string): string[] {
    return this.#all()
      .filter(([, indices]) => indices.includes(index))
      .map(([alias]) => alias);
  }

  /**
   * Names of indices that expressions stand for. A name that is neither an index nor an alias stays as it is, so that access
   * to it is decided before its absence is told; a pattern that nothing matches stands for nothing.
   *
   * @param expressions - Absent: all.
   * @throws SearchError for date math, exclusions and other clusters.
   */
  resolve(expressions: readonly string[] = ["_all"]): string[] {
    const existing = this.#engine.indices(this.#store);
    const aliases = this.#all();
    const found = new Set<string>();
    for (const expression of expressions.flatMap((each) => each.split(","))) {
      if (
        expression === "" ||
        /^[-<+]|[:%>]/.test(expression) ||
        (expression.startsWith("_") && expression !== "_all")
      )
        throw illegalArgument(`the index expression "${expression}" is not supported here`);
      const pattern = expression === "_all" ? "*" : expression;
      const members = [
        ...existing.filter((index) => matches(pattern, index)),
        ...aliases.filter(([alias]) => matches(pattern, alias)).flatMap(([, indices]) => indices),
      ];
      for (const index of members) found.add(index);
      if (members.length === 0 && !pattern.includes("*")) found.add(pattern);
    }
    return [...found];
  }

  /** The one index that is written to by this name. @throws SearchError for lists, patterns and aliases of several indices. */
  one(expressions: readonly string[] | undefined): string {
    const [name, another] = expressions ?? [];
    if (name === undefined || another !== undefined || name === "_all" || name.includes("*"))
      throw illegalArgument(`[${(expressions ?? []).join(",")}]: name exactly one index for this operation`);
    const [index, more] = this.resolve([name]);
    if (index === undefined || more !== undefined)
      throw illegalArgument(
        `no write index is defined for alias [${name}], which stands for several indices`,
      );
    return index;
  }

  /** @throws SearchError where a name is taken, or none is there. */
  create(index: string, body: unknown): void {
    if (this.#aliases.get(`${this.#store}/${index}`))
      throw new SearchError(
        400,
        "invalid_index_name_exception",
        `Invalid index name [${index}], already exists as alias`,
      );
    const { aliases = {}, ...definition } = isObject(body) ? body : { aliases: {} };
    const actions = Object.entries(isObject(aliases) ? aliases : { "": aliases }).map(([alias, options]) =>
      readAction({ add: { index, alias, ...(isObject(options) ? options : { "": options }) } }),
    );
    for (const { alias } of actions) this.#checkAlias(alias);
    this.#engine.create(this.#store, index, definition);
    this.change(actions);
  }

  drop(index: string): void {
    this.#engine.drop(this.#store, index);
    this.change(this.aliasesOf(index).map((alias) => ({ kind: "remove", index, alias })));
  }

  /** All of them or none. */
  change(actions: readonly AliasAction[]): void {
    const aliases = new Map(this.#all().map(([alias, indices]) => [alias, new Set(indices)]));
    for (const { kind, index, alias } of actions) {
      if (kind === "add") {
        if (!this.#engine.has(this.#store, index)) throw noSuchIndex(index);
        this.#checkAlias(alias);
        aliases.set(alias, (aliases.get(alias) ?? new Set()).add(index));
      } else if (aliases.get(alias)?.delete(index) !== true)
        throw new SearchError(404, "aliases_not_found_exception", `aliases [${alias}] missing`);
    }
    for (const [alias, indices] of aliases)
      if (indices.size > 0) this.#aliases.put(`${this.#store}/${alias}`, { indices: [...indices] });
      else this.#aliases.delete(`${this.#store}/${alias}`);
  }

  /** `{INDEX: {aliases: {ALIAS: {}}}}` for those of the indices that have one; with a name or pattern, only such aliases. */
  describe(indices: readonly string[], pattern = "*"): JsonObject {
    const entries = indices.map((index): [string, string[]] => [
      index,
      this.aliasesOf(index).filter((alias) => matches(pattern, alias)),
    ]);
    return Object.fromEntries(
      entries
        .filter(([, aliases]) => aliases.length > 0)
        .map(([index, aliases]) => [
          index,
          { aliases: Object.fromEntries(aliases.map((alias) => [alias, {}])) },
        ]),
    );
  }

  #checkAlias(alias: string): void {
    const fault = this.#engine.has(this.#store, alias)
      ? "an index exists with the same name as the alias"
      : alias === "" || /[\\/*?"<>| ,#:]|^[_\-+]|[A-Z]/.test(alias)
        ? "it is no valid name"
        : undefined;
    if (fault !== undefined)
      throw new SearchError(400, "invalid_alias_name_exception", `Invalid alias name [${alias}]: ${fault}`);
  }
}

/** One of `actions` of `POST /_aliases`: `{"add": {"index", "alias"}}`. */
export function readAction(value: unknown): AliasAction {
  const [entry, another] = isObject(value) ? Object.entries(value) : [];
  const [kind, options] = entry ?? [];
  if (another !== undefined || (kind !== "add" && kind !== "remove") || !isObject(options))
    throw illegalArgument("each of [actions] must be {add: {…}} or {remove: {…}}");
  const { index, alias, is_write_index, must_exist, ...rest } = options;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined || typeof is_write_index === "string" || must_exist === false)
    throw illegalArgument(
      `an alias with [${unknown ?? "must_exist"}] is not served here: filters and routing are not kept`,
    );
  if (typeof index !== "string" || typeof alias !== "string" || /[*,]/.test(index) || index === "_all")
    throw illegalArgument("each action needs exactly one [index] and one [alias]");
  return { kind, index, alias };
}
