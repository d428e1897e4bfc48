/** The embedded account for `bulkhead verify`: the one that is served now, or the one in the folder, served for as long as it takes. */
import { deploymentOf } from "../../verify/aws-target.ts";
import type { Target } from "../../verify/target.ts";
import { findRunning, openEmbedded } from "../embedded.ts";
import { stackOutputs } from "../engine/outputs.ts";
import { defaultPlace, LOCAL_STACK } from "../paths.ts";
import { LocalTarget } from "./target.ts";

/** @throws Error that says what to do if nothing is deployed there */
export async function openLocalTarget(): Promise<{ readonly target: Target; close(): Promise<void> }> {
  const place = defaultPlace("local");
  const outputs = stackOutputs(place.folder, LOCAL_STACK);
  if (!outputs) throw new Error(`Nothing is deployed in ${place.folder}: run npm start first.`);
  const running = findRunning(place.folder);
  const embedded = running ? undefined : await openEmbedded(place);
  const origin = running?.origin ?? embedded?.gateway.origin ?? "";
  const target = new LocalTarget(place.folder, origin, deploymentOf(outputs));
  return {
    target,
    close: async () => {
      target.close();
      await embedded?.close();
    },
  };
}
