/** Runs something and returns what it logged, beside its result. */
export async function logged<T>(
  run: () => Promise<T>,
): Promise<{ result: T; lines: Record<string, unknown>[] }> {
  const lines: Record<string, unknown>[] = [];
  const original = console.log;
  console.log = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  try {
    return { result: await run(), lines };
  } finally {
    console.log = original;
  }
}

/** In a suite: what its tests log is not printed. */
export function quiet(): void {
  const original = console.log;
  beforeEach(() => {
    console.log = () => undefined;
  });
  afterEach(() => {
    console.log = original;
  });
}
