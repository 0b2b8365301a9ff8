/** The system accounts that the migrations make. */
export const FEES_ACCOUNT = '00000000-0000-5000-8000-000000000001';
export const CUSTODY_ACCOUNT = '00000000-0000-5000-8000-000000000002';
