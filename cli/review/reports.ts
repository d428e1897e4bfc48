/** All that a review is written as. */
import type { Review } from "./review.ts";

export { asHtml } from "../../policies/isolation/report/html.ts";
export { asMarkdown } from "./markdown.ts";
export { asText } from "./text.ts";

export const asJson = (review: Review): string => `${JSON.stringify(review, undefined, 2)}\n`;
