/** The system account that the migrations make for fees. */
export const FEES_ACCOUNT = '00000000-0000-5000-8000-000000000001';
