/** Images of the account's container repositories: their digests by tag. No layer is kept. */
import type { Account } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../account/identity.ts";

export interface Image {
  /** `sha256:…` */
  readonly digest: string;
  readonly tag: string;
  /** ISO 8601 */
  readonly pushed: string;
}

export const REPOSITORY = "aws:ecr/repository:Repository";
const REFERENCE = new RegExp(
  `^${LOCAL_ACCOUNT}\\.dkr\\.ecr\\.${LOCAL_REGION}\\.amazonaws\\.com/(?<name>[a-z0-9._/-]+?)(?::(?<tag>[^:@]+))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** A repository's images. */
export function imagesOf(account: Account, repository: string) {
  const table = account.table<Image>("ecr-images");
  const all = (): Image[] => [...table.entries(`${repository}:`)].map(([, image]) => image);
  return {
    get size(): number {
      return all().length;
    },
    find: (of: Partial<Pick<Image, "tag" | "digest">>): Image | undefined =>
      all().find(({ tag, digest }) => (of.tag ?? tag) === tag && (of.digest ?? digest) === digest),
    put: (image: Image): void => {
      table.put(`${repository}:${image.tag}`, image);
    },
    clear: (): void => {
      for (const { tag } of all()) table.delete(`${repository}:${tag}`);
    },
  };
}

/** The name of the repository in a reference to an image of this account, with tag and digest if it has them. */
export function parseReference(uri: string) {
  const { name, tag, digest } = REFERENCE.exec(uri)?.groups ?? {};
  return name === undefined ? undefined : { name, ...(tag && { tag }), ...(digest && { digest }) };
}

/** The image that a reference means; undefined if it is not here. */
export function imageByReference(account: Account, uri: string): Image | undefined {
  const parts = parseReference(uri);
  if (!parts || !account.resource(REPOSITORY, parts.name)) return undefined;
  const { name, ...of } = parts;
  return imagesOf(account, name).find(of);
}
