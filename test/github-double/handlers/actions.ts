import { ACTIONS, rerun } from '../actions.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { pageOf } from '../pages.ts'
import { notFound, Refusal } from '../refusal.ts'

/** Jobs of GitHub Actions, as far as an App needs them, and the annotations of checks. */
export const actionHandlers: Handlers = {
  'actions/download-job-logs-for-workflow-run': { auth: 'repo', needs: ['actions:read'], handle: log },
  'actions/re-run-job-for-workflow-run': { auth: 'repo', needs: ['actions:write'], handle: again },
  'checks/list-annotations': { auth: 'repo', needs: ['checks:read'], handle: annotations },
}

/** The log itself lies elsewhere, under an address that is signed for a minute. */
function log({ state, repo }: RepoCall, { job_id }: Input<'actions', 'downloadJobLogsForWorkflowRun'>): Answer {
  if (!repo.checks.some(run => run.id === job_id && run.app === ACTIONS)) throw notFound()
  return { status: 302, headers: { location: `${state.logs.origin}/logs/${job_id}?sig=genuine` } }
}

function again({ state, repo, by }: RepoCall, { job_id }: Input<'actions', 'reRunJobForWorkflowRun'>): Answer {
  if (!repo.checks.some(run => run.id === job_id && run.app === ACTIONS)) throw notFound()
  if (rerun(state, repo, job_id, by.user) === null)
    throw new Refusal(403, 'The workflow run containing this job is already running')
  return { status: 201, body: {} }
}

function annotations(call: RepoCall, input: Input<'checks', 'listAnnotations'>): Answer {
  const run = call.repo.checks.find(one => one.id === input.check_run_id)
  if (run === undefined) throw notFound()
  return pageOf(call, run.output.annotations, input, message => ({
    path: '.github',
    start_line: 1,
    end_line: 1,
    start_column: null,
    end_column: null,
    annotation_level: 'failure',
    title: null,
    message,
    raw_details: null,
    blob_href: `${call.state.origin}/blob`,
  }))
}
