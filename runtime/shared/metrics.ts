import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

/**
 * Metrics of one request in CloudWatch's embedded metric format, to be part of its line in the log: nothing is sent. Namespace and
 * service are `POWERTOOLS_METRICS_NAMESPACE`'s and `POWERTOOLS_SERVICE_NAME`'s; a tenant is no dimension, since each would be another
 * metric to pay for: who looks for one reads the line.
 */
export function measured(outcome: string, ms: number): object {
  const metrics = new Metrics({
    namespace: process.env["POWERTOOLS_METRICS_NAMESPACE"] ?? "Bulkhead",
    serviceName: process.env["POWERTOOLS_SERVICE_NAME"] ?? "api",
  });
  metrics.addDimension("outcome", outcome);
  metrics.addMetric("requests", MetricUnit.Count, 1);
  metrics.addMetric("latency", MetricUnit.Milliseconds, ms);
  return metrics.serializeMetrics();
}
