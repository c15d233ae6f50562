/** Files out of a drop or a folder picker, folders walked through. */

export interface PickedFile {
  file: File;
  /**
   * The file's name, with its folders before it: the library knows documents by name, and equal
   * names in different folders would replace each other.
   */
  name: string;
}

const FOLDER_MARK = " - ";

const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/;

export function fromInput(list: FileList | null): PickedFile[] {
  return named(Array.from(list ?? [], (file) => ({ file, name: file.webkitRelativePath || file.name })));
}

/** Must be called inside the drop event: the entries are gone afterwards. */
export async function fromDrop(transfer: DataTransfer): Promise<PickedFile[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return fromInput(transfer.files);
  const found = await Promise.all(entries.map(walk));
  return named(found.flat());
}

/** Files that systems leave behind (.DS_Store and the like) are nobody's documents. */
function named(files: PickedFile[]): PickedFile[] {
  return files
    .filter(({ name }) => !HIDDEN.test(name))
    .map(({ file, name }) => ({ file, name: name.split("/").join(FOLDER_MARK) }));
}

async function walk(entry: FileSystemEntry): Promise<PickedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, name: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: PickedFile[] = [];
  for (;;) {
    // A reader gives at most 100 entries at a time, and an empty list at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return found;
    for (const child of batch) found.push(...(await walk(child)));
  }
}
