/// Memory for the parameters of one execution, reused by the next: no allocation per value.
///
/// Pointers stay valid until ``reset()``; blocks are never moved.
struct BindArena: ~Copyable {
    private static let blockSize = 1 << 20
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// Forgets everything, and gives back all but one ordinary block.
    mutating func reset() {
        used = 0
        while blocks.count > 1 || (blocks.first?.count ?? 0) > Self.blockSize {
            blocks.removeLast().deallocate()
        }
    }

    mutating func allocate(byteCount: Int, alignment: Int = 16) -> UnsafeMutableRawPointer {
        let start = (used + alignment - 1) & ~(alignment - 1)
        if let block = blocks.last, let base = block.baseAddress, start + byteCount <= block.count {
            used = start + byteCount
            return base + start
        }
        let size = max(byteCount, Self.blockSize)
        let base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        blocks.append(UnsafeMutableRawBufferPointer(start: base, count: size))
        used = byteCount
        return base
    }

    mutating func allocate<Element>(_ type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        allocate(byteCount: max(count, 1) * MemoryLayout<Element>.stride).bindMemory(to: type, capacity: max(count, 1))
    }

    mutating func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer {
        let target = allocate(byteCount: max(bytes.count, 1), alignment: 1)
        if let source = bytes.baseAddress { target.copyMemory(from: source, byteCount: bytes.count) }
        return target
    }

    mutating func copy(_ text: String) -> (pointer: UnsafeMutableRawPointer, count: Int) {
        var text = text
        return text.withUTF8 { utf8 in (copy(UnsafeRawBufferPointer(utf8)), utf8.count) }
    }
}
