// Asks real Groovy (3.0) what expressions and mapping scripts mean, so that the tests can compare our front with it.
//
//   java -cp groovy-3.0.25.jar:groovy-json-3.0.25.jar groovy.ui.GroovyMain ask.groovy
//
// reads expressions.txt and scripts/*.groovy of this folder, writes expressions.jsonl ([expression, type and text])
// and scripts/*.actions: the statements, with values as a Python mapping writes them.
import groovy.json.JsonOutput
import org.codehaus.groovy.control.CompilerConfiguration

class Producer {  // a value of the mapping is known by its text only
    String text
    Producer(String text) { this.text = text }
    def methodMissing(String name, args) {
        new Producer("${text}.${Said.snake(name)}(${args.collect { Said.python(Said.value(it)) }.join(', ')})")
    }
    Producer equalTo(other) { methodMissing('equalTo', [other]) }
    Producer and(other) { methodMissing('and', [other]) }
    Producer or(other) { methodMissing('or', [other]) }
    Producer negate() { methodMissing('negate', []) }
    Producer isPresent() { methodMissing('isPresent', []) }
    Producer isAbsent() { methodMissing('isAbsent', []) }
}

class Type { String name }

class Said {
    static List<String> lines = []
    static int depth = 0
    static String snake(String name) {
        [and: 'and_', or: 'or_'][name] ?: name.replaceAll(/(?<!^)([A-Z])/) { '_' + it[1].toLowerCase() }
    }
    static value(one) { one instanceof Closure ? one.call() : one }
    static String python(one) {
        if (one instanceof Producer) return one.text
        if (one instanceof Boolean) return one ? 'True' : 'False'
        if (one instanceof CharSequence) return quoted(one.toString())
        if (one instanceof Type) return quoted(one.name)
        if (one instanceof Number) return one.class.simpleName + ':' + one
        throw new IllegalArgumentException("${one?.class} $one")
    }
    static String quoted(String text) {
        "'" + text.collectReplacements { ['\\': '\\\\', "'": "\\'", '\n': '\\n', '\t': '\\t'][it as String] } + "'"
    }
    static void say(String line) { lines << ('  ' * depth + line) }
    static void block(Closure body) { depth++; body.call(); depth-- }
}

class Dsl {
    static final NAMES = '''location referer pageViewId viewportPixelWidth viewportPixelHeight screenPixelWidth
        screenPixelHeight devicePixelRatio eventType partyId sessionId eventId firstInSession corrupt duplicate
        timestamp clientTimestamp remoteHost userAgentString cookie header eventParameters eventParameter userAgent
        ip2geo digest'''.split() as Set
    def mapping(Closure body) { body.delegate = this; body.call() }
    def map(one) {
        def shown = Said.python(Said.value(one))
        [onto: { field -> Said.say("map $shown onto $field") }]
    }
    def when(one) {
        def shown = Said.python(Said.value(one))
        [apply: { body -> Said.say("when $shown"); Said.block(body) },
         stop: { Object... ignored -> Said.say("when $shown"); Said.say('  stop') },
         exit: { Object... ignored -> Said.say("when $shown"); Said.say('  exit') }]
    }
    def section(Closure body) { Said.say('section'); Said.block(body) }
    def exit() { Said.say('exit') }
    def stop() { Said.say('stop') }
    def match(pattern) {
        [against: { new Producer("match(${Said.python(pattern)}, against=${Said.python(Said.value(it))})") }]
    }
    def parse(one) { [to: { new Producer("parse(${Said.python(Said.value(one))}, to=${Said.python(it)})") }] }
    def not(one) { new Producer("not_(${Said.python(Said.value(one))})") }
    def propertyMissing(String name) {
        if (name in ['uri', 'int32', 'int64', 'fp32', 'fp64', 'bool']) return new Type(name: name)
        throw new MissingPropertyException(name, Dsl)
    }
    def methodMissing(String name, args) {
        if (!(name in NAMES)) throw new MissingMethodException(name, Dsl, args as Object[])
        new Producer("${Said.snake(name)}(${args.collect { Said.python(Said.value(it)) }.join(', ')})")
    }
}

new File('scripts').listFiles().findAll { it.name.endsWith('.groovy') }.sort().each { file ->
    Said.lines = []
    def config = new CompilerConfiguration(scriptBaseClass: 'groovy.util.DelegatingScript')
    def script = (DelegatingScript) new GroovyShell(new Binding(), config).parse(file)
    script.setDelegate(new Dsl())
    script.run()
    def text = Said.lines.join('\n').replaceAll(/Integer:(?=-?\d+[,)])/, '') + '\n'
    new File(file.path.replace('.groovy', '.actions')).text = text
}

def kind = { one ->
    one == null ? 'null' : one instanceof GString ? 'String' : one instanceof Map ? 'Map'
        : one instanceof Map.Entry ? 'Map.Entry'
        : one instanceof Collection || one.class.array ? 'List' : one.class.simpleName
}
def shown = { one ->
    one?.class?.array ? (one as List).toString() : one instanceof Range ? one.toList().toString()
        : one == null ? 'null' : one.toString()
}
def prelude = new File('prelude.groovy').text
def expressions = []
new File('expressions.txt').eachLine('UTF-8') { line ->  // a text in three quotes may go over several lines
    if (expressions && ["'''", '"""'].any { expressions[-1].count(it) % 2 }) expressions[-1] += '\n' + line
    else if (!line.startsWith('# ')) expressions << line
}
new File('expressions.jsonl').text = expressions.collect { one ->
    try {
        def found = new GroovyShell().parse(prelude + "return ($one)").run()
        JsonOutput.toJson([one, kind(found) + ' ' + shown(found)])
    } catch (Throwable error) {
        JsonOutput.toJson([one, '! ' + error.class.simpleName])
    }
}.join('\n') + '\n'
