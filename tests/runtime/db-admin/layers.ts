/** Layers between a tenant's login and another's claims, and what takes each away: `acme` attacks `borealis`. */

/** In every claim of `borealis`, and in nothing of `acme`'s. */
export const CANARY = "SALTMARROW";

const PARTITIONS = ["user_tenants", "claims", "payments", "notes"];
const everywhere = (statement: (table: string) => string): string[] =>
  PARTITIONS.flatMap((table) => [table, `${table}_acme`, `${table}_borealis`]).map(statement);
export const GRANTS_OFF = ["GRANT SELECT ON ALL TABLES IN SCHEMA bulkhead TO app_acme"];
const GRANTS_ON = [
  "REVOKE SELECT ON ALL TABLES IN SCHEMA bulkhead FROM app_acme",
  ...PARTITIONS.map((table) => `GRANT SELECT ON bulkhead.${table}_acme TO app_acme`),
];
export const ROW_SECURITY_OFF = everywhere(
  (table) => `ALTER TABLE bulkhead.${table} DISABLE ROW LEVEL SECURITY`,
);
const ROW_SECURITY_ON = everywhere((table) => `ALTER TABLE bulkhead.${table} ENABLE ROW LEVEL SECURITY`);
export const MEMBER = "INSERT INTO bulkhead.user_tenants VALUES ('borealis', 'app_acme')";
const NO_MEMBER = "DELETE FROM bulkhead.user_tenants WHERE tenant_id = 'borealis' AND login = 'app_acme'";
export const ALL_LAYERS = [...GRANTS_ON, ...ROW_SECURITY_ON, NO_MEMBER];
