// The part of unzipper that is used here; it comes without types.
declare module "unzipper" {
  interface CentralFile {
    path: string;
    uncompressedSize: number;
    compressedSize: number;
    buffer(): Promise<Buffer>;
  }
  interface Source {
    size(): Promise<number>;
    stream(offset: number, length?: number): NodeJS.ReadableStream;
  }
  export const Open: { custom(source: Source): Promise<{ files: CentralFile[] }> };
}
