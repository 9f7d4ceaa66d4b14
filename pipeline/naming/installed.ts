// Where a member of a wheel is installed, and whether an import statement can reach it there: Python's rules, which a new name never changes.

/** Where Python looks for modules. */
const MODULE_ROOT = /^.*\b(?:site-packages|dist-packages|lib-dynload)(?:\/|$)/;

/** Folders below it from which Python can import: `linux-x86_64/` holds no modules. */
const IMPORTABLE = /^(?:[\p{L}_][\p{L}\p{N}_]*(?:\/|$))*$/u;

/** One piece of a dotted module name. */
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** The folders of a wheel that are installed elsewhere; `data` and `scripts` lie outside the places of modules. */
const DATA_SCHEME = /^[^/]+\.data\/(?:(platlib|purelib)|data|scripts)\//;

/** Where a member is installed below its root, and whether Python looks for modules there. */
export function installedAt(path: string): { installed: string; isModuleRoot: boolean } {
  const [prefix = "", modules] = DATA_SCHEME.exec(path) ?? [];
  const installed = path.slice(prefix.length);
  return { installed, isModuleRoot: prefix === "" || modules !== undefined || MODULE_ROOT.test(installed) };
}

/** Whether a file of this name, as a plain `.so`, is a module that an import statement can name. */
export function canImport(name: string, folder: string): boolean {
  return IDENTIFIER.test(name) && IMPORTABLE.test(folder.replace(MODULE_ROOT, ""));
}
