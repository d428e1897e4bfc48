import { PolicyPack } from "@pulumi/policy";
import { rules } from "./catalogue.ts";

new PolicyPack("bulkhead", { policies: [...rules] });
