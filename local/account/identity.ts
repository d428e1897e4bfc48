/** The embedded account's identity. The account number is the one that AWS's documentation uses for examples. */
export const LOCAL_ACCOUNT = "111122223333";
export const LOCAL_REGION = "us-east-1";
export const LOCAL_PARTITION = "aws";
/** The role that `pulumi up` and an operator at this machine act as: like a deployment role, it administers all. */
export const DEPLOYER_ROLE = "bulkhead-deployer";
/** Its ARN. */
export const OPERATOR = `arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:role/${DEPLOYER_ROLE}`;
