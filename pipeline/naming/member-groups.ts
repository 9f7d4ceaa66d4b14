/**
 * Native members that are no bundled libraries in the sense of a ranking, recognized by name or folder:
 * .NET assemblies, plugins of Qt and others, the payloads of a debugger, copies of the interpreter, pywin32's own runtime.
 */

/** A recognized group of members that is kept out of the ranking. */
export type MemberGroup = "managed-assembly" | "qt-plugin" | "plugin" | "debugger-payload" | "interpreter" | "pywin32";

interface GroupRule {
  group: MemberGroup;
  /** The only format the rule is for. */
  format?: string;
  /** On the stem, any case. */
  name?: RegExp;
  /** On the stem of a member that has no folder: names too common to be trusted elsewhere. */
  bareName?: RegExp;
  /** On the folder, any case. */
  folder?: RegExp;
  /** Stems that the rule must not take. */
  except?: RegExp;
}

const anyOf = (...alternatives: string[]): RegExp => new RegExp(`^(?:${alternatives.join("|")})$`, "i");

const RULES: readonly GroupRule[] = [
  {
    group: "managed-assembly",
    format: ".dll",
    name: anyOf(
      String.raw`(?:system|microsoft)(?:\.[\w.]+)?`,
      "mscorlib|netstandard|windowsbase|presentation(?:core|framework)|reachframework|accessibility",
      String.raw`newtonsoft\.json|google\.protobuf|python\.runtime|clrloader|winrt\.runtime|numsharp\.core|sos\.netcore`,
      String.raw`dotnetbridge|microsoftsqltools\w+|sqltools\w+`,
      String.raw`\w+\.net`,
    ),
    // C++ libraries with names of the same family
    except: /\.native(?:\.|$)|^microsoft\.(?:cognitiveservices|windowsappruntime|ai\.machinelearning)/i,
  },
  {
    group: "qt-plugin",
    folder: new RegExp(
      String.raw`(?:^|\/)(?:(?:qt|pyside|pyqt)\d?\/plugins|qml|plugins\/(?:${[
        "assetimporters|audio|bearer|canbus|designer|egldeviceintegrations|gamepads|generic|geometryloaders|geoservices",
        "iconengines|imageformats|mediaservice|multimedia|networkinformation|platforminputcontexts|platforms|platformthemes",
        "playlistformats|position|printsupport|qmllint|qmltooling|renderers|renderplugins|sceneparsers|scxmldatamodel",
        "sensorgestures|sensors|sqldrivers|styles|texttospeech|tls|vectorimageformats|virtualkeyboard|webview",
        String.raw`xcbglintegrations|wayland-[\w-]+`,
      ].join("|")}))(?:\/|$)`,
      "i",
    ),
  },
  {
    group: "qt-plugin",
    format: ".dll",
    bareName: anyOf(
      "[a-z0-9]+plugin",
      String.raw`declarative_\w+|qml(?:dbg)?_\w+|datavisualizationqml2|qtchartsqml2|qtremoteobjects|qtgraphicaleffectsprivate`,
      String.raw`qt(?:audio|geoservices|media|multimedia|position|sensorgestures|sensors|virtualkeyboard|webview)_\w+`,
      String.raw`qtexttospeech_\w+|qt\w+canbus|qtqml(?:remoteobjects|statemachine)`,
      "q(?:direct2d|minimal|offscreen|webgl|windows|windowsvistastyle|xcb|cocoa|xdgdesktopportal)", // platforms, styles
      "q(?:gif|icns|ico|jpeg|pdf|svg|svgicon|tga|tiff|wbmp|webp)", // imageformats, iconengines
      "qsql(?:ite|odbc|psql|mysql)|q(?:certonly|openssl|schannel|sgd3d12)backend", // sqldrivers, tls, scenegraph
      "q(?:axwidget|quickwidget|webengineview)|qgenericbearer|qnetworklistmanager|qscxmlecmascriptdatamodel",
      "(?:assimp|gltf)scene(?:import|export)|(?:default|gltf)geometryloader|(?:opengl|rhi)renderer|scene2d|uip",
      "dsengine|wmfengine|windowsprintersupport|xinputgamepad",
    ),
  },
  {
    group: "plugin", // of MySQL's client, SQLite, TensorFlow: loaded by name, and exporting no PyInit
    folder: /(?:^|\/)(?:mysql\/vendor\/plugin|apsw\/sqlite_extra_binaries|tensorflow\/(?:\w+\/)*ops)$/i,
    except: /^lib/i, // bundled libraries lie there too
  },
  {
    group: "debugger-payload", // of pydevd, so of debugpy and ptvsd
    name: anyOf("attach_(?:linux_)?(?:amd64|x86|x86_64|arm64|aarch64)", String.raw`run_code_on_dllmain_\w+`),
    folder: /(?:^|\/)pydevd_attach_to_process(?:\/|$)/i,
  },
  {
    group: "interpreter",
    name: anyOf(String.raw`(?:lib)?python\d(?:\.?\d+)?[dmt]*(?:_d)?`, String.raw`libpypy[\w.]*-c`),
  },
  { group: "pywin32", format: ".dll", name: anyOf("pywintypes", "pythoncom") },
];

/** The group that a member belongs to by its format (".so", ".dylib", ".dll", ...), stem and folder ("" if none is known). */
export function groupOf(format: string, stem: string, folder: string): MemberGroup | null {
  const rule = RULES.find(
    (rule) =>
      (rule.format === undefined || rule.format === format) &&
      (rule.name?.test(stem) || rule.folder?.test(folder) || (folder === "" && rule.bareName?.test(stem))) &&
      !rule.except?.test(stem),
  );
  return rule?.group ?? null;
}
