/** The direction of imports: infra -> tenants -> runtime/contract, never back. policies/isolation judges what they make, so it knows none of them. */
/**
 * @param {string} name
 * @param {object} from
 * @param {object} to
 * @param {string} comment why
 */
const rule = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

export default {
  forbidden: [
    rule("no-circular", {}, { circular: true }, "Two files that need each other are one idea or three."),
    rule(
      "resolvable",
      {},
      // Types alone, from @types: nothing to resolve.
      { couldNotResolve: true, pathNot: "^aws-lambda$" },
      "What can't be resolved matches no other rule: it would pass them all in silence.",
    ),
    rule(
      "infra-only-tenants-and-contract",
      { path: "^infra/" },
      { path: "^(runtime/(?!contract/)|policies/|local/|cli/)" },
      "The program refers to runtime code by asset path only, and to nothing that is local.",
    ),
    rule(
      "bootstrap-only-building-blocks",
      { path: "^bootstrap/" },
      { path: "^(infra/|runtime/(?!contract/)|policies/|local/|cli/)" },
      "What an account has once comes before every environment, and needs none.",
    ),
    rule(
      "nothing-needs-bootstrap",
      { path: "^(infra|tenants|runtime|policies|verify)/" },
      { path: "^bootstrap/" },
      "Environments know the names of what the bootstrap made, and nothing else of it.",
    ),
    rule(
      "tenants-only-contract",
      { path: "^tenants/" },
      { path: "^(infra/|runtime/(?!contract/)|policies/|local/|cli/)" },
      "A tenant is composed by infra and knows names from runtime/contract.",
    ),
    rule(
      "runtime-stands-alone",
      { path: "^runtime/" },
      { path: "^(infra/|tenants/|policies/|local/|cli/)|@pulumi/" },
      "What runs on AWS holds nothing of the program that deploys it.",
    ),
    rule(
      "contract-is-pure",
      { path: "^runtime/contract/" },
      { pathNot: "^runtime/contract/|node_modules/zod" },
      "Names and shapes only: no I/O, no SDK.",
    ),
    rule(
      "isolation-is-an-independent-judge",
      { path: "^policies/isolation/" },
      { path: "^(infra/|tenants/|runtime/|local/|cli/|policies/(?!isolation/))|@pulumi/" },
      "The judge shares no code with what it judges.",
    ),
    rule(
      "policies-judge-alone",
      { path: "^policies/" },
      { path: "^(infra/|tenants/|runtime/|local/|cli/)" },
      "The policy pack sees resources, not the code that made them.",
    ),
    rule(
      "attacks-need-no-embedded-account",
      { path: "^verify/" },
      { path: "^(infra/|tenants/|policies/|local/|cli/|runtime/(?!contract/))" },
      "The same attacks run against AWS: what only the embedded account can do is handed in.",
    ),
    rule(
      "agpl-only-in-tests",
      { pathNot: "^(tests|bench)/" },
      { path: "@cloud-copilot/iam-simulate" },
      "AGPL: a development dependency of the tests, nothing that ships.",
    ),
    rule(
      "nothing-needs-benchmarks",
      { pathNot: "^(bench|tests/bench)/" },
      { path: "^bench/" },
      "Benchmarks may measure anything; nothing is built on them.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".mjs", ".js"],
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
    },
  },
};
