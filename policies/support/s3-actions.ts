/**
 * What can be done to an object. Source: "Actions, resources, and condition keys for Amazon S3" (Service
 * Authorization Reference), actions of resource type object; and verbs of the S3 API that may become actions of
 * their own (RenameObject, SelectObjectContent, annotations), so that a policy that lists verbs one by one is told.
 */
export const OBJECT_ACTIONS: readonly string[] = [
  ...versioned("GetObject", ["", "Acl", "Attributes", "Tagging", "Torrent"]),
  ...versioned("PutObject", ["Acl", "Tagging"]),
  ...versioned("DeleteObject", ["", "Tagging"]),
  ...["PutObject", "GetObjectVersionForReplication"],
  ...["Get", "Put"].flatMap((verb) => [`${verb}ObjectLegalHold`, `${verb}ObjectRetention`]),
  ...["Get", "Put", "Delete"].map((verb) => `${verb}ObjectAnnotation`),
  ...["AbortMultipartUpload", "ListMultipartUploadParts"],
  ...["BypassGovernanceRetention", "ObjectOwnerOverrideToBucketOwner", "UpdateObjectEncryption"],
  ...["InitiateReplication", "ReplicateObject", "ReplicateDelete", "ReplicateTags"],
  ...["RestoreObject", "RenameObject", "SelectObjectContent"],
].map((name) => `s3:${name}`);

/** What tells the names of a bucket's objects. */
export const LIST_ACTIONS: readonly string[] = [
  "s3:ListBucket",
  "s3:ListBucketVersions",
  "s3:ListBucketMultipartUploads",
];

function versioned(verb: string, suffixes: readonly string[]): string[] {
  return suffixes.flatMap((suffix) => [`${verb}${suffix}`, `${verb}Version${suffix}`]);
}
