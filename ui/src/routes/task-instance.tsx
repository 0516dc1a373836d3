export function TaskInstancePage() {
  return null;
}
