export * from "../../verify/api-client.ts";
