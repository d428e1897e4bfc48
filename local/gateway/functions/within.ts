/** What was waited for did not come in time. */
export class Late extends Error {
  override readonly name = "Late";
}

/** Resolves as `promise` does, unless that takes longer than `ms` milliseconds: then it rejects with {@link Late}. */
export async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Late(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
