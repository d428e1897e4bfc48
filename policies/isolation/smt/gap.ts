/** A policy that the encoder does not put into formulas. It is told by name: nothing is proven around it. */
export class EncodingGap extends Error {
  override readonly name = "EncodingGap";
}
