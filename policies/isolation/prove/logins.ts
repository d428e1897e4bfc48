/**
 * Logins of databases: IAM can't say which secret a call of the Data API names, nor which rows a statement reads. So a tenant's login
 * is its own by what was made: its own name, the tenant's own secret, and partitions that no other tenant's login may touch.
 */
import type { AccountModel, Cluster, Login } from "../model/account.ts";
import type { Counterexample } from "../report/verdict.ts";
import { fileOf } from "./finding.ts";

export function logins(model: AccountModel): readonly Counterexample[] {
  return model.clusters.flatMap((cluster) =>
    cluster.logins.flatMap((login) => judged(model, cluster, login)),
  );
}

function judged(model: AccountModel, cluster: Cluster, login: Login): readonly Counterexample[] {
  const others = cluster.logins.filter(({ owner }) => owner !== login.owner);
  const wrong = (
    resource: string,
    owner: string | undefined,
    what: string,
    remedy: string,
  ): Counterexample => {
    const file = fileOf(model, login.owner);
    return {
      question: "separation",
      summary: `${login.owner ?? "The platform"}'s login to ${cluster.name} ${what}`,
      principal: {
        arn: cluster.arn,
        tags: {},
        chain: [`login ${login.name}`],
        ...(login.owner === undefined ? {} : { tenant: login.owner }),
      },
      action: "rds-data:ExecuteStatement",
      resource,
      context: {},
      ...(owner === undefined ? {} : { owner }),
      ...(file === undefined ? {} : { file }),
      urn: login.urn,
      remedy,
    };
  };
  const secrets = model.secrets.filter(({ name }) => name === login.secret);
  return [
    ...others
      .filter(({ name }) => name === login.name)
      .map(({ owner }) =>
        wrong(
          login.name,
          owner,
          `has the name of ${owner ?? "the platform"}'s`,
          "Give each tenant's login a name of its own.",
        ),
      ),
    ...others.flatMap(({ owner, grants }) =>
      login.grants
        .filter((grant) => grants.includes(grant))
        .map((grant) =>
          wrong(
            grant,
            owner,
            `may read ${grant}, which ${owner ?? "the platform"}'s may read too`,
            "Grant each tenant's login its own partitions alone.",
          ),
        ),
    ),
    // A secret that is not in the stack is nobody's.
    ...(secrets.length === 1 && secrets[0]?.owner === login.owner && login.owner !== undefined
      ? []
      : [
          wrong(
            login.secret,
            secrets[0]?.owner,
            `has its password in ${login.secret}, which is not one secret of ${login.owner ?? "a tenant"}'s`,
            "Keep each login's password in the one secret that the tenant's component makes.",
          ),
        ]),
  ];
}
