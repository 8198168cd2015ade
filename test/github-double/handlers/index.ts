import type { Handlers } from '../handler.ts'
import { actionHandlers } from './actions.ts'
import { appHandlers } from './app.ts'
import { checkHandlers } from './checks.ts'
import { commentHandlers } from './comments.ts'
import { contentHandlers } from './contents.ts'
import { deploymentHandlers } from './deployments.ts'
import { gitDataHandlers } from './git-data.ts'
import { issueHandlers } from './issues.ts'
import { pullHandlers } from './pulls.ts'
import { refHandlers } from './refs.ts'
import { repoHandlers } from './repos.ts'
import { statusHandlers } from './statuses.ts'
import { teamHandlers } from './teams.ts'

/** Every endpoint the double has. */
export const handlers: Handlers = {
  ...appHandlers,
  ...repoHandlers,
  ...gitDataHandlers,
  ...refHandlers,
  ...contentHandlers,
  ...pullHandlers,
  ...issueHandlers,
  ...commentHandlers,
  ...checkHandlers,
  ...statusHandlers,
  ...actionHandlers,
  ...teamHandlers,
  ...deploymentHandlers,
}
