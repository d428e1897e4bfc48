import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import { breakGlassPolicy, breakGlassTrust, readerPolicy, readerTrust } from "./documents/operator-roles.ts";

export interface OperatorsArgs {
  readonly place: Place;
  /** Roles of people who may look. None: there is no such role. */
  readonly readerPrincipalArns: readonly string[];
  /** IAM users for emergencies. None: there is no such role. */
  readonly breakGlassUserArns: readonly string[];
}

/** The roles of people, apart from the role that deploys: one looks, one repairs and is heard doing it. Neither reads tenants' data. */
export class Operators extends pulumi.ComponentResource {
  /** The reader's role, if there is one. */
  readonly readerArns: pulumi.Output<string[]>;

  constructor(name: string, args: OperatorsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Operators", name, {}, opts);
    const names = platformNames(args.place);
    const role = (suffix: string, roleName: string, trust: string, policy: string): aws.iam.Role => {
      const made = new aws.iam.Role(
        `${name}-${suffix}`,
        { name: roleName, assumeRolePolicy: trust, maxSessionDuration: 3600 },
        { parent: this },
      );
      new aws.iam.RolePolicy(
        `${name}-${suffix}-policy`,
        { name: suffix, role: made.name, policy },
        { parent: this },
      );
      return made;
    };
    const { readerPrincipalArns, breakGlassUserArns, place } = args;
    const readers =
      readerPrincipalArns.length === 0
        ? []
        : [role("reader", names.readerRoleName, readerTrust(readerPrincipalArns), readerPolicy(place))];
    if (breakGlassUserArns.length > 0) {
      role(
        "break-glass",
        names.breakGlassRoleName,
        breakGlassTrust(breakGlassUserArns),
        breakGlassPolicy(place),
      );
    }
    // By name, so that policies with it are known at preview; known once the role is there, which KMS asks for.
    this.readerArns = pulumi
      .all(readers.map(({ urn }) => urn))
      .apply((made) => made.map(() => names.readerRoleArn));
    this.registerOutputs({ readerArns: this.readerArns });
  }
}
