import type { PolicyResource } from "@pulumi/policy";
import { isEmbedded } from "../support/place.ts";
import { read } from "../support/read.ts";
import { rule } from "../support/rule.ts";

/** Server access logs are delivered at best effort; a trail's data events are complete, and tell the role and the tag's session. */
export const s3Logged = rule({
  name: "s3-logged",
  description:
    "A trail records who read and wrote objects of which bucket, of all buckets but those that a selector leaves out.",
  severity: "medium",
  remediation:
    "Give the stack an aws.cloudtrail.Trail with an advanced event selector for eventCategory Data and resources.type AWS::S3::Object.",
  controls: ["S3.9"],
  validate: ({ stack }, report) => {
    if (isEmbedded(stack) || !stack.resources.some(({ type }) => BUCKETS.includes(type))) return;
    const trails = stack.of(["aws:cloudtrail/trail:Trail"]);
    if (trails.length === 0) report("there is no trail: nobody knows who read what");
    for (const trail of trails) {
      const recorded = recordsObjects(trail);
      if (recorded === undefined)
        report("not proven: advancedEventSelectors is not known before deployment", trail.urn);
      else if (!recorded) report("records no reading and writing of objects", trail.urn);
    }
  },
});

const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];

interface Selector {
  readonly fieldSelectors?: readonly { readonly field?: string; readonly equals?: readonly string[] }[];
}

function recordsObjects(trail: PolicyResource): boolean | undefined {
  const selectors = read(trail, "advancedEventSelectors");
  if (!selectors.known) return undefined;
  return ((selectors.value ?? []) as Selector[]).some(({ fieldSelectors = [] }) => {
    const has = (field: string, value: string): boolean =>
      fieldSelectors.some((each) => each.field === field && each.equals?.includes(value) === true);
    const narrowed = fieldSelectors.some(({ field }) => field === "readOnly" || field === "eventName");
    return has("eventCategory", "Data") && has("resources.type", "AWS::S3::Object") && !narrowed;
  });
}
