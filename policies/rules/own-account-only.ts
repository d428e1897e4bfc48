import type { Principal } from "../isolation/index.ts";
import { identities, mentionedAccounts } from "../support/probe/callers.ts";
import { admitted, eachGuarded, told } from "../support/resource-policy.ts";
import { rule } from "../support/rule.ts";

const NAME = "own-account-only";

/** What is shared with another account is out of sight of this stack's proof. */
export const ownAccountOnly = rule({
  name: NAME,
  description: "No policy of a resource lets in another account, or a role or user of one.",
  severity: "high",
  remediation: "Take the other account out of Principal; or list it in the configuration, if it is meant.",
  controls: ["S3.6"],
  configSchema: {
    properties: {
      accounts: {
        type: "array",
        items: { type: "string", pattern: "^[0-9]{12}$" },
        description: "Other accounts that policies may let in. Default: none.",
      },
    },
  },
  validate: (input, report) => {
    const meant = new Set((input.config["accounts"] ?? []) as string[]);
    eachGuarded(
      NAME,
      input,
      report,
      (guarded) => {
        const others = [...mentionedAccounts(guarded.literals)].filter(
          (account) => account !== guarded.account && !meant.has(account),
        );
        const callers: (readonly [string, Principal])[] = identities(guarded.literals, new Set(others))
          .filter(({ account }) => others.includes(account))
          .map(({ label, account, principal }) => [label(`account ${account}`), principal]);
        for (const account of others)
          callers.push([`the root user of account ${account}`, { kind: "root", account }]);
        for (const [who, principal] of callers) {
          const breach = admitted(guarded, principal, "everything");
          if (breach) return [told(who, breach)];
        }
        return [];
      },
      [...meant],
    );
  },
});
