/** Takes out what the SDK does for those who debug the SDK: together about half of a preview's time. */
import * as pulumi from "@pulumi/pulumi";
import process from "node:process";

// It takes a stack trace for every promise, and formats it by way of source maps. There are none of this program, since
// Node runs it as it is written, line by line where it stood.
Reflect.deleteProperty(Error, "prepareStackTrace");

// It tells the engine four times of each resource what it does, by one call after the other, and the program does not end
// before the last is answered (pulumi/pulumi#7146). Only `pulumi … --debug` shows it, of which a program is not told.
if (process.env["BULKHEAD_SDK_DEBUG"] === undefined)
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
