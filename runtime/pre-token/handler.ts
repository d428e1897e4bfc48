import { addClaimsFrom } from "./claims.ts";

export const handler = addClaimsFrom(process.env);
