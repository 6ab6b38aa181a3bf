/** No names: the tests' broker has an address. */
// biome-ignore lint/complexity/noStaticOnlyClass: the SDK's has this shape.
export default class Net {
  static resolve(_host: string, done: (host: string, address?: string) => void): void {
    done(_host);
  }
}
