import { control, isTrue } from "../support/control.ts";

export const apiCacheEncrypted = control({
  name: "api-cache-encrypted",
  description: "What an API caches is encrypted.",
  severity: "medium",
  remediation: "Set settings.cacheDataEncrypted, or don't cache.",
  controls: ["APIGateway.5"],
  of: ["aws:apigateway/methodSettings:MethodSettings"],
  judge: (settings) => {
    if (settings.known("settings.cachingEnabled")?.value === true)
      settings.must("settings.cacheDataEncrypted", isTrue, "caches answers unencrypted");
  },
});
