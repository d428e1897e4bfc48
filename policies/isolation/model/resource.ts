/** Resources as the model reads them: the same shape from a stack export, from a preview and from a policy pack's stack. */

/** A value that is known only after deployment. It equals itself and nothing else. */
export class Unknown {
  /** The resource whose property it is, and where in it: what makes it distinct. */
  readonly urn: string;
  readonly path: string;

  constructor(urn: string, path: string) {
    this.urn = urn;
    this.path = path;
  }
}

/** Plain data, with symbols in place of what is not known. */
export type Value =
  null | boolean | number | string | Unknown | readonly Value[] | { readonly [name: string]: Value };

export interface ModelResource {
  readonly urn: string;
  /** `aws:s3/bucket:Bucket` */
  readonly type: string;
  /** The resource's name in the program, the last part of its URN. */
  readonly name: string;
  /** URN of the component that it belongs to. */
  readonly parent?: string;
  /** Inputs, and outputs over them where the source has any. Secrets are in clear. */
  readonly props: Readonly<Record<string, Value>>;
  /** URNs that a property's value comes from, by property. */
  readonly references: Readonly<Record<string, readonly string[]>>;
}

/** What the model can't interpret: it fails the proof. */
export interface Gap {
  readonly urn: string;
  /** What is not understood, and why that matters: one sentence. */
  readonly what: string;
}
