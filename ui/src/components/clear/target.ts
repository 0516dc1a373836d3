/** A task instance that something is to be done to. Map index -1 is the task itself. */
export interface Target {
  dag: string;
  run: string;
  task: string;
  mapIndex: number;
}
