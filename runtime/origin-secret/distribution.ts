import type { CloudFrontClient, Origin } from "@aws-sdk/client-cloudfront";
import { GetDistributionCommand, UpdateDistributionCommand } from "@aws-sdk/client-cloudfront";

import { API_ORIGIN, ORIGIN_SECRET_HEADER } from "../contract/edge.ts";
import { ConfigurationError } from "../shared/errors.ts";
import type { EdgeHeader } from "./rotate.ts";

/** The header that CloudFront sends to the API. */
export async function edgeHeader(client: CloudFrontClient, id: string): Promise<EdgeHeader> {
  const { Distribution, ETag } = await client.send(new GetDistributionCommand({ Id: id }));
  const config = Distribution?.DistributionConfig;
  const origins = config?.Origins?.Items ?? [];
  const api = origins.find(({ Id }) => Id === API_ORIGIN);
  if (!config || !api) throw new ConfigurationError(`distribution ${id} has no origin ${API_ORIGIN}`);
  return {
    header: headersOf(api).find(isSecret)?.HeaderValue,
    deployed: Distribution.Status === "Deployed",
    replace: async (value) => {
      const items = origins.map((origin) => (origin === api ? sending(origin, value) : origin));
      await client.send(
        new UpdateDistributionCommand({
          Id: id,
          IfMatch: ETag,
          DistributionConfig: { ...config, Origins: { Quantity: items.length, Items: items } },
        }),
      );
    },
  };
}

interface Header {
  readonly HeaderName: string | undefined;
  readonly HeaderValue: string | undefined;
}

const headersOf = (origin: Origin): readonly Header[] => origin.CustomHeaders?.Items ?? [];

function isSecret({ HeaderName }: Header): boolean {
  return HeaderName?.toLowerCase() === ORIGIN_SECRET_HEADER;
}

function sending(origin: Origin, value: string): Origin {
  const others = headersOf(origin).filter((header) => !isSecret(header));
  const items = [...others, { HeaderName: ORIGIN_SECRET_HEADER, HeaderValue: value }];
  return { ...origin, CustomHeaders: { Quantity: items.length, Items: items } };
}
