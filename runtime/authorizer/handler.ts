import { authorizerFrom } from "./authorize.ts";

export const handler = authorizerFrom(process.env);
