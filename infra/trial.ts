/** The stack that is a trial on one machine, in the embedded account: it goes without some of what protects a real one. */
export const TRIAL = "local";
/** The embedded account's number, which is an example's: AWS gives it to nobody. */
export const TRIAL_ACCOUNT = "111122223333";

/** @throws Error if it is the trial's stack and another account */
export function refuseTrialElsewhere(environment: string, account: string): void {
  if (environment === TRIAL && account !== TRIAL_ACCOUNT)
    throw new Error(
      `Stack ${TRIAL} is the embedded account's, and these credentials are for account ${account}. It goes without much of what ` +
        "protects a real account. Deploy a stack of another name: npm run deploy -- dev",
    );
}
