import type { Place } from "../../runtime/contract/names.ts";
import { policy, type Statement } from "../../tenants/documents/policy.ts";
import type { Part } from "../settings.ts";
import { SERVICES, type Service, type ServiceName } from "./doors.ts";

/**
 * What may pass an endpoint: principals of this account alone, by the actions that something in the network calls, to what
 * is this account's. So credentials that an attacker brings along open nothing here, and nothing can be carried to a bucket
 * or table elsewhere. Two kinds of things belong to AWS itself: foundation models, and the layers of container images.
 */
export function endpointPolicy(place: Place, name: ServiceName, omit: readonly Part[]): string {
  const service: Service = SERVICES[name];
  const own: Statement = {
    Sid: "OwnPrincipalsOwnResources",
    Effect: "Allow",
    Principal: "*",
    Action: service.actions,
    Resource: "*",
    Condition: {
      StringEquals: { "aws:PrincipalAccount": place.account, "aws:ResourceAccount": place.account },
    },
  };
  return policy(own, ...ofAws(place, name, service, omit));
}

function ofAws(place: Place, name: ServiceName, service: Service, omit: readonly Part[]): Statement[] {
  // Only the agent is a container.
  if (!service.ofAws || (name === "s3" && omit.includes("agent"))) return [];
  const Resource = service.ofAws.map((arn) =>
    arn.replaceAll("{partition}", place.partition ?? "aws").replaceAll("{region}", place.region),
  );
  // Layers are read by an address that ECR signs as itself: there is no principal of this account.
  if (name === "s3")
    return [{ Sid: "ImageLayers", Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource }];
  return [
    {
      Sid: "OwnPrincipalsModelsOfAws",
      Effect: "Allow",
      Principal: "*",
      Action: service.actions.filter((action) => action.startsWith("bedrock:InvokeModel")),
      Resource,
      Condition: { StringEquals: { "aws:PrincipalAccount": place.account } },
    },
  ];
}
