import { control } from "../support/control.ts";

/** "Lambda runtimes", AWS Lambda developer guide: Node.js versions that are not deprecated, November 2026. */
const SUPPORTED = ["nodejs22.x", "nodejs24.x"];

export const lambdaRuntime = control({
  name: "lambda-runtime",
  description: "Functions run on a runtime that AWS still mends.",
  severity: "medium",
  remediation: "Set runtime to one that is listed, or list a later one in the configuration.",
  controls: ["Lambda.2"],
  configSchema: {
    properties: {
      runtimes: {
        type: "array",
        items: { type: "string" },
        description: `Runtimes that functions may have. Default: ${SUPPORTED.join(", ")}.`,
      },
    },
  },
  of: ["aws:lambda/function:Function"],
  judge: (fn, { config }) => {
    const runtimes = (config["runtimes"] ?? SUPPORTED) as unknown[];
    const packaged = fn.known("packageType");
    if (packaged !== undefined && packaged.value !== "Image")
      fn.must("runtime", (value) => runtimes.includes(value), `runs on none of ${runtimes.join(", ")}`);
  },
});
