import type { FunctionName } from "../../../runtime/contract/names.ts";
import { Functions } from "./functions.ts";
import { Services } from "./services.ts";

/** Faulty services and the functions that use them, for the tests of one `describe`. */
export interface Setting {
  readonly services: Services;
  /** Is there once the tests begin. */
  readonly functions: Functions;
}

/** @param prepare runs before the functions know where the services are */
export function setting(
  names: readonly FunctionName[],
  prepare: (services: Services) => void | Promise<void> = () => undefined,
): Setting {
  const services = new Services();
  let functions: Functions | undefined;
  before(async () => {
    await prepare(services);
    functions = new Functions(await services.start());
    await functions.build(names);
  });
  after(async () => {
    await functions?.close();
    services.close();
  });
  return {
    services,
    get functions() {
      if (!functions) throw new Error("the tests have not begun");
      return functions;
    },
  };
}
