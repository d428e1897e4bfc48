import { brokerFrom } from "./broker.ts";

export const handler = brokerFrom(process.env);
