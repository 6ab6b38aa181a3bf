/** Random numbers from the board's own generator. */
export function random(this: void): number {
  return native('xs_board_random').call(this);
}
