/** Who has to approve a change of a tenant's file, in GitHub's words. */

export const OWNERS = ".github/CODEOWNERS";

const TENANT_FILE = /^\/tenants\/config\/[^/*]+\/[^/*]+\.yaml$/;

/**
 * What is wrong with the lines of tenants: each file has one of its own, with an owner. The last line that matches a file
 * counts, so a line that comes after a tenant's must not be wider.
 * @param text the file of owners
 * @param files tenants' files, as `/tenants/config/dev/acme.yaml`
 */
export function ownerFaults(text: string, files: readonly string[]): readonly string[] {
  const lines = text.split("\n").flatMap((line, index) => {
    const [pattern = "", ...owners] = line
      .replace(/(^|\s)#.*$/, "")
      .trim()
      .split(/\s+/);
    return pattern === "" ? [] : [{ pattern, owners, at: `${OWNERS}:${index + 1}` }];
  });
  const lastWide = lines.findLastIndex(({ pattern }) => !TENANT_FILE.test(pattern));
  const faults = files.flatMap((file) => {
    const index = lines.findLastIndex(({ pattern }) => pattern === file);
    const line = lines[index];
    if (!line)
      return [`${OWNERS}: ${file.slice(1)} has no line of its own: add "${file} @organisation/team"`];
    if (line.owners.length === 0) return [`${line.at}: ${file.slice(1)} has no owner`];
    if (index < lastWide)
      return [`${line.at}: lines of tenants' files come last: a wider one after it could take its place`];
    return [];
  });
  const environments = new Set(files.map((file) => file.slice(0, file.lastIndexOf("/"))));
  const stale = lines
    .filter(({ pattern }) => TENANT_FILE.test(pattern) && !files.includes(pattern))
    .filter(({ pattern }) => environments.has(pattern.slice(0, pattern.lastIndexOf("/"))))
    .map(({ pattern, at }) => `${at}: there is no file ${pattern.slice(1)}`);
  return [...faults, ...stale];
}
