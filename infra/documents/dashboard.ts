import { platformNames, type FunctionName, type Place } from "../../runtime/contract/names.ts";

type Metric = readonly (string | Readonly<Record<string, string>>)[];

const WIDTH = 12;
const HEIGHT = 6;

/** An environment at a glance, as CloudWatch's dashboard JSON: two graphs in a row. */
export function dashboard(place: Place, functions: readonly FunctionName[]): string {
  const names = platformNames(place);
  const ofFunctions = (metric: string, stat: string): Metric[] =>
    functions.map((fn) => ["AWS/Lambda", metric, "FunctionName", names.functionName(fn), { stat }]);
  const ofApi = (metric: string, stat: string): Metric => [
    "AWS/ApiGateway",
    metric,
    "ApiName",
    names.api,
    { stat },
  ];
  const graphs: readonly (readonly [string, readonly Metric[]])[] = [
    ["Requests and refusals", [ofApi("Count", "Sum"), ofApi("4XXError", "Sum"), ofApi("5XXError", "Sum")]],
    ["Latency of the API (ms)", [ofApi("Latency", "p50"), ofApi("Latency", "p95")]],
    ["Errors of functions", ofFunctions("Errors", "Sum")],
    ["Duration of functions (ms, p95)", ofFunctions("Duration", "p95")],
    ["Throttled functions", ofFunctions("Throttles", "Sum")],
    [
      "Isolation: refused calls of tenants' roles",
      [[names.metricNamespace, "tenant-denied", { stat: "Sum" }]],
    ],
  ];
  return JSON.stringify({
    widgets: graphs.map(([title, metrics], index) => ({
      type: "metric",
      x: (index % 2) * WIDTH,
      y: Math.floor(index / 2) * HEIGHT,
      width: WIDTH,
      height: HEIGHT,
      properties: { title, metrics, region: place.region, period: 300, view: "timeSeries" },
    })),
  });
}
