/** Whether an error of Octokit carries this HTTP status. (By shape: several copies of its error class may be installed.) */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'status' in error && error.status === status
}
