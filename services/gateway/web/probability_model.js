// SPDX-License-Identifier: Apache-2.0
// probability_model.js - the static model of the range coder: the probability of a 1 of each kind of flag, and the symbol CDF of each
// kind of number, in 1/65536; each for a baseline that is one tick old, for an older one, and for none (docs/wire-format.md,
// "Probability model"). Written by scripts/probability-model, as libcommon/game/snapshot/snapshot_model.inc is.

export const BIT_PROBABILITIES = {
  match: ["0097", "02ce", "fff3"],
  self: ["fffe", "fffe", "fff3"],
  selfMotion: ["3b88", "537b", "fff3"],
  selfMoved: ["1dc7", "f0cf", "fff3"],
  selfCondition: ["44a3", "6134", "fff3"],
  selfEffects: ["0084", "01c0", "13a3"],
  hasDeferred: ["0084", "017e", "000c"],
  updated: ["c01d", "9f51", "8000"],
  kept: ["fbb6", "ee16", "8000"],
  velocityRest: ["2b8f", "6ab4", "e6c6"],
  velocityTop: ["116a", "3a36", "8000"],
  velocityOther: ["eac4", "f328", "8000"],
  condition: ["0513", "1421", "db30"],
  weapon: ["13bc", "06bd", "92d1"],
  state: ["43a6", "4fba", "7952"],
  team: ["0002", "0002", "1149"],
  powerUps: ["03f5", "104e", "809c"],
  powerUpKept: ["aa4a", "a230", "8000"],
  projectileKept: ["ee7e", "b653", "8000"],
  projectileOwn: ["1f8a", "233f", "29a5"],
  projectileSameShot: ["393d", "3bff", "33ab"],
  scores: ["0808", "22f2", "fff3"],
  scoresAll: ["0002", "0002", "fff3"],
  scoreGone: ["0002", "0002", "0002"],
  scorePlayer: ["0002", "0002", "fffe"],
  event: ["1f42", "67e1", "95b6"],
  eventSlot: ["d6d8", "d83f", "f9e5"],
};

export const SYMBOL_CDFS = {
  match: [
    "0000aa2caf4bff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000a8a7a9a9fa81fb5cfbe8fcc3fcc5fd78fd7afdf2fdf4fe6cfe6efebefec0ff24ff26ff28ff2aff2cff2eff43ff45ff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000882b882d89cf89d18b4a8b4c8d578d598f6e8f709151915392a292a493b493b69449944b95b995bb9678967a979f97a19924992699d999db9a06" +
      "9a089b0e9b109bd89bda9c249c269d419d439d8d9d8f9ec99ecb9f159f179f389f3a9fae9fb09fdb9fdda0afa0b1a0fba0fda1cfa1d1a1d3a1d5a273" +
      "a275a2fea300a3e7a3e9a955aaaeaab0aab2aab4aab6aab8aabaaabcaabeaac0aac2aac4aac6aac8aacaaaccaaceaad0aad2aad4aad6aad8aadaaadc" +
      "aadeaae0aae2aae4aae6aae8f86c",
  ],
  sequence: [
    "0000ff40ff42ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000ff40ff42ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00000002000410a110a310a510a710c810ca10cc10ce10d010d210d410d610d810da10fb10fd10ff11011103110511071109110b110d110f11111113" +
      "111511171119111b111d111f11211123112511271129112b112d112f11311133113511371139113b113d113f11411162116411661168116a116c116e" +
      "11701172117411761178125412f2142c1547179b19911d9a21842b2b3436453155ee7552997affdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  depth: [
    "0000f750fb4aff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000f74cfb48ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00000002000400060008000a000c000e00100012001400160018001a001c001e00200022002400260028002a002c002e00300032003400360038003a" +
      "003c02510253fd4efd50ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  selfVelocity: [
    "00002e252e2a2e382e3a2e422e442e472e492e4e2e502e552e572e592e5b2e5e2e602e642e662e682e6a2e6c2eb52efe2f012f032f482f8b2f8e2f94" +
      "2f962f982f9a2f9c2f9e2fa02fa22fa42fa72fa92fab2fae2fb02fb22fb42fb62fb82fba2fbc2fbe2fc02fc22fc42fc62fc82fca2fcc2fce2fd12fd3" +
      "2fd52fd72fd92fdb2fdd2ff0300330283053309630cd313f31ab32a1331b33ec34b7362737763b83423d6f9eaf87f990fb0bfe7affeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000314131433148314b315431563158315b316131633169316b316d316f3172317431763178317a317c317e31b131e231e431e6320b322332253227" +
      "3229322b322d322f32313233323532373239323b323d323f32413243324532473249324b324d324f32513253325532573259325b325d325f32623264" +
      "32673269326b326d326f32773284329132a132bb32cc32f6331c338333dc346c34e735cc3685389b3c6548f661a28cf8cc7af601ffe7ffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00008de28de48de68de88dea8dec8dee8df08df28df48df68df88dfa8dfc8dfe8e008e028e048e068e088e0a8e0c8e0e8e108e128e148e168e188e1a" +
      "8e1c8e1e8e208e228e248e268e288e2a8e2c8e2e8e308e328e348e368e388e498e4b8e4d8e4f8e518e538e558e578e598e5b8e5d8e5f8e618e638e74" +
      "8e768e788e7a8e7c8e7e8e808e828e848e868e888e8a8e8c8e8e8e908eb18eb38eb58ed68ee78f568fc5910f93d09a0ca559de53ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  selfPosition: [
    "00001f331fec216122292250229422c522e92317232a2342235f237223852390239b23ab23c023d323e623f424022406240f241d242324252435244a" +
      "24552463246c2481248a248e249e24ae24b424b824c824ce24d924f324f92504250f251d252b25312535253e25492559255d256325712577257b257d" +
      "2583258c259f25a825b626762713281b28ec2a8d2bc92e3a304133a736673b683f05451b49c85c6471e4884f9d71c621d58ce953ed67edabee37ef6e" +
      "f152f4cafa38fff8fffafffcfffe",
    "00002997299b299e29a229a629ab29af29b229b829ba29bc29c329c829ca29cc29d129d329d829da29dd29df2a0c2a462a482a4c2a7f2aa92aad2ab0" +
      "2ab42ab62ab82aba2abc2abe2ac02ac22ac42ac62ac82aca2acc2acf2ad22ad42ad62ad82adc2ade2ae02ae22ae62ae82aea2aec2aee2af12af42af8" +
      "2afa2afc2afe2b002b022b0b2b152b212b2c2b422b5d2b922bb72c072c432cc02d462e192ebb3161363046f65aff771499d9b9a8d643ebd9f696f8e5" +
      "f9b3fb32fd86fff8fffafffcfffe",
    "00000002000400060008000a000c000e00100012001400160018001a001c001e00200022002400260028002a002c002e00300032003400360038003a" +
      "003c003e00400042004400460048004a004c004e00500052005400560058005a005c005e00600062006400660068006a006c006e0070007200740076" +
      "0078007a007c007e00800082008400860088008a008c008e00900092009400960098009a009c009e00a000a200a400a600a800aa00ac086f0b6e16ea" +
      "26db46eb88a1fff8fffafffcfffe",
  ],
  selfAim: [
    "00008ba98bb58bc18bce8bda8be88bf38c008c0c8c188c258c318c408c4c8c568c638c708c7b8c8a8c978ca58cb18cbd8cc88cd48ce08cec8cf88d03" +
      "8d0f8d1c8d288d358d408d4e8d5b8d688d768d848d908d9c8daa8db88dc48dd08ddc8dea8df88e068e138e1f8e2d8e398e448e4f8e5d8e6b8e778e86" +
      "8e928ea08eae8ebb8ec7903391a5947297349c92a1f5abefb4fec45fcf8ada1cdd4bffd2ffd4ffd6ffdaffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00007e347e3c7e437e4a7e4e7e577e5c7e677e6f7e767e7d7e867e947e9d7ea57eac7eb17eb97ec07ec57eca7ed37ed97edf7ee97eef7ef67f017f09" +
      "7f107f197f207f297f2f7f377f3e7f467f537f5c7f637f687f6c7f717f7b7f847f8b7f947f9b7fa57fac7fb37fb77fc07fc97fcf7fd87fdc7fe37fe9" +
      "7ff27ff880008009801080ba81858306848f879c8a8b904e958e9f6aa7cfb455bcc9cbced2afee38fc71ffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000109d10be10c010c210c410c610c810ca10cc10ce10d010d210d410d610d810da10dc10de10e010e210e410e610e810ea10ec10ee10f010f210f4" +
      "10f610f810fa10fc10fe11001102110411061108110a110c110e11101112111411161118111a111c111e11201122112411261128112a112c112e1130" +
      "1132113411361138113a115b11da11fb129912d913191492156e17e11a921ff323dd2cc9351852e685f4ffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  health: [
    "0000dba8dbafdbb1dbbadbbcdbcfdbd3dbe3dbe5dcdfdce1dcf9dcfbdcffdd01de55de5cde65de67e04de04fe053e055e224e22de272e274e27ae27c" +
      "e2dfe2e1e514e517e51ee520e526e528e52de52ff2ccf2ddf2e0f2e2f2e5f2e7f2edf2eff368f36ffb41fb47fb4efb52fb54fb56fb5afb5cfb61fb63" +
      "fb91fb95fb97fb99fbe9fccdfda2fe27ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000b080b08cb08eb0a2b0a4b0c3b0cab0e8b0eab208b20ab236b23ab240b242b39cb3aab3bab3bcb77fb783b78bb78dbbb3bbc8bc2ebc30bc39bc3b" +
      "bd1ebd20c1cac1cfc1d7c1d9c1fdc1ffc206c208de3ade5ede65de67de74de76de8ade8ddf5cdf6ced70ed7dedb5edbcedc2edc4edd1edd3eddcedde" +
      "ee41ee4dee50ee52ef42f4f4f989fb5fffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000084e584e784ed84f88503850d85128514851f863f864f867a867f8681868986fd870a870c870f8aad8ad28ad48ada8e6e8e798eb98ebb8ebd8ec5" +
      "8f678f7c91f491ff9207920a924192479249924f9f3b9f859f879f899fe39fe59ff79ffaa0e0a0e8a5f8a610a74da752a764a769a84ca864a869a86b" +
      "a9b6a9ccaa0caa0fad65bfc6d315f9b5ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  ammunition: [
    "0000f864fec6fed5fed7fee6fee8fef9fefbff09ff0bff19ff1bff21ff23ff29ff2bff32ff34ff38ff3aff3fff41ff46ff48ff4eff50ff53ff55ff58" +
      "ff5aff5dff5fff62ff64ff67ff69ff6bff6dff70ff72ff75ff77ff7aff7cff7eff80ff83ff85ff88ff8aff8cff8eff90ff92ff95ff97ff99ff9bffa5" +
      "ffa7ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000ea53fb21fb4ffd8efdbefdcdfe01fe09fe35fe3afe66fe6bfe7cfe7efe8efe90fea6fea8feb2feb4febffec1fed0fed2fee3fee5feebfeedfef4" +
      "fef6fefdfeffff07ff09ff0fff11ff15ff17ff1eff20ff25ff27ff2dff2fff35ff37ff40ff42ff46ff48ff4cff4eff52ff54ff5bff5dff64ff66ff84" +
      "ff86ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000007e207e40a100a120cdb0cdd10711073140714094fb14fb354035405592059228c208c228de98deb8f3d8f3f903b903dca68ca6acb56cb58cbe6" +
      "cbe8ccb5ccb7cd55cd57ce24ce26cea5cea7cf93cf95d05ad05cd121d123d217d219d2d6d2d8d385d387d45cd45ed4e4d4e6d5e2d5e4d6d0d6d2d95c" +
      "d95effb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  ticks: [
    "0000c078c081f6bdf6c7f707f70ef710f719f720f728f72af72efbeafbeefbf2fbf6fbf8fbfdfc07fc0bfc0dfc11fc13fc16fcf2fcf6fcf8fcfcfcfe" +
      "fd01fd03fd06fd08fd0bfd0dfd10fd14fd17fd19fd1dfd1ffd23fd25fd29fd2bfd2efd30fd33fd35fd37fd39fd3bfd3dfd40fd42fd45fd47fd49fd4b" +
      "fd4dfdd7fdd9fddbfdddfdecfe48fe6cff26ffaaffadffb1ffbbffc9ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000bfe7bff8c4acc4bad1c8d1d5dbc1dbc9e36ce372ea76ea7ef089f091f20cf212f338f33ff429f430f514f518f5eef5f4f72ef735f738f73ff741" +
      "f746f748f74cf74ef752f756f75df760f764f76af770f779f77df787f78bf79cf79ef7a9f7aef7c3f7c8f7e6f7eaf814f817f858f85bf8a7f8abf90b" +
      "f90ef973f976f978f97cf9acfaddfb57fda3ff5eff64ff6fff8bffb7ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000bec8becac16fc171c41dc41fc83dc83fca77ca79cd16cd18cf3acf3cd03cd03ed13ed140d1cbd1cdd2a8d2aad377d379d43fd441d4bed4c0d544" +
      "d546d5c3d5c5d649d64bd711d713d781d783d7f1d7f3d87ed880d8e7d8e9d983d985da26da28daa5daa7db6ddb6fdbecdbeedc81dc83dcf1dcf3ddb1" +
      "ddb3de13de15de51de53e1d2e5bdeb30f567fb7afbbdfc50fd91ff5cffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  velocityX: [
    "00002d8f30b933653586378039243b403caa3e814123440349034f7c5c556abe6cdb6f7170d97388752e769877b87a0583518f2398e3a65ca763aaaa" +
      "abd6ad94ba5bc302cdd3db96e63bf6f1f722f73df76bf791f7d3f7fff82af847f86df887f8cff8fbf943f96efa0bfa34fa54fa96faa2faaafabdfac2" +
      "facafad4fae2fae9faf7fbebfc64fe59fed7ffbdffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00002b712d632f02304b315a329233ae34ae359f375838ea3aee3cc63e7240fd42c343bf44c9465946f64799482c49474c7a4f6252dc555857a85b81" +
      "5c105ca25f706083624e6345641365ad671168b76bbc6e0e6f4470f571697225729e735073e7749e78fc7e097fce81d28398856185df879a889b893c" +
      "898a8aae8b268c348d51b6d0cfeded80f73bff08ffc5ffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000459745d4460446394679469646c647064753478a47d7484148b84902493a499149db4a1d4a6f4a874a9c4aba4ad44b464bbf4d384ea44efe4f53" +
      "4f6e4f984fed501f5042506951cb529e52f3534553b15403543e5468548854a254d2551e553955515656571f5759577e57db58355845586058cf5917" +
      "595e599059e75a495a6163856d44c574d006fe82ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  velocityY0: [
    "0000000203f309460b880f341075141414cf175017a01b1c1b961d461d851f291f4c208e2146293429412a5c2a82304730563169328d337e33f93571" +
      "361a365c36c0372e4c066a0da033f3fdf3fff40af41ef420f427f42df42ff443f445f447f449f452f454f456f496f498f4b1f4dbf4ddf4dff4e1f4e3" +
      "f4e5f4e7f4e9f4ebf4edf51ef524fb68fb87ff92ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000000201e703a404ae059a065b085a091b0a6e0b080c750cfb0da20e2e0ef90f5e100f1130162b165816e117171a331a731af91b851c7b1c901dc5" +
      "1dee1e771ea01f0f260e28c32a302d2e2d4a2dbf2de22e932ec02ffc301830c230de3227327b32d93302338133d93828387238f539143bda3c073c51" +
      "3c6d3c9d3cb93d1a3d2577ad9925d2f6e534fd0bff9cffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00000002001b00340053005a006d007a008d00a600e300fc00fe010b012a01370139013b01dc02a002a202a902b602b802ef031a0321032e03300337" +
      "03390340034d034f035c036906b709d009d709d909db09dd09df09e609e809f50a080a1b0a2e0a470a490a500a690a700b4c0c160c1d0c2a0c2c0c4b" +
      "0c700c890c9c0caf0cb114081b82393e44c2fb0effcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  velocityY1: [
    "000018391a2a1e56203222cc244626d127dd296b2a522bca2cfb32db3465366f3b963e5240124167420e431e437d446348634de64e254f364f8154ba" +
      "54f8558487cea749c675eb2def48f81af825f82df859f868f8ebf927f939f946f95df963f974f97ff9d0f9ecfbc8fc2efc7bfd0bfd14fd24fd2ffd33" +
      "fd35fd40fd4cfd51fd57fe6dfeb3ff3eff97ffc2ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000209c234627732a8f2f4232723656382b3a853caa3f39423a4d50528856bc62ea676e6b956ea36f5271057185730a7aff855a85e887d7885e91d6" +
      "927e9326ae57b3b0b43eb529b5b7b6a9b6e7b7b7b866b980bb41bc90bcdbbda5bde9bea5bf11bfacc090c15ac544c797c9a8cb62cbc8cc8bccddcd57" +
      "cd9bce22cea9cf65cf9ce2daed63f962fc6aff64ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00001bf71cdf1dc71eaf207e216623a9265f26d42917298c371545114513458846704758484048b548b748b94a154b714c594c5b4c5d4cd24d474d49" +
      "4d4b4d4d4e354f1d4f925007507c507e50f351db51dd525252c75496550b550d56dc56de56e056e257ca57cc57ce57d0584558ba58bc58be58c05935" +
      "59375939593b593d593f60047bfba0f7e445fdfbffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  velocityY2: [
    "00000e440f8e110e1273138515081617173218121cce20c32351268126e92b222b6b2bcc2c242cca2ef23068336c371959c880e9a7b3da61ddaee494" +
      "e8b8f02cf409f8bdf902f93bf976f9a2f9d7f9f0fa10fa25fa41fa4cfa81fa8bfb07fb53fbe6fc3afcc3fd2ffd46fd55fd5ffd62fd6bfd74fd77fd82" +
      "fd8ffd91fd95fd97fda7fe82febbff3effa7ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000174e19f51ccc1f21216123f72611280529f432ae393a3d5142ad43724a194aa24b304c104d204d994e174ea54f645bcc609665c76be16c496d0e" +
      "6e036ef8700e70bd716c726c73007373740174a0751975c8762b76637728778678b179dc7b747ce07e7d7fe980828141819f8248826a8ad291a992cf" +
      "92f69a709ab39afba24aee88f461fb02fe05ffadffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00001780178217841786178817ce181419271929192b192d1973197519bb1a011ad01b5a1b5c1b5e1b601b621b641bee1bf01c364f367abc7b027b8c" +
      "7b8e7b907c1a7ca47cea7cec7d767e897e8b7e8d7ed37ed57f1b7f1d7f637fa97fab803580bf80c1814b814d814f81518153819981df81e1822782f6" +
      "838083c6840c845284988c9c9f4eb423eb7dff40ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  velocityY3: [
    "000067e76c726ed971d5739c765d780f79e37c3e7eb081558c8597d4badfdf54e21ee663e845eaabecd2ee78ef82f03bf0adf116f1a1f20cf26bf2cb" +
      "f321f36df3d9f428f47af500f56ff5c7f60df64bf6a3f6eef73df783f7dbf82bf841f859f873f882f896f8aaf8bff8dbf8fef90df924f933f953f963" +
      "f980f991f9a5f9b2f9d1fb73fc9afe92ff88ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000039563add3c4b3d353deb3ec73f81404b40ee41a2423c443844d146d048da49934a174ab14b294c044cc34d764e1c4fd051e455d258215b8f5f60" +
      "600660a5614f621162c7633063d8652f66e069106d2d70857220742374bb755e75e7766a76da775a7e4f851486d188388aa18cdd8db38e6c8ede8f85" +
      "8ffa909d913692999325b512d20bf061f9b6ff37ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000054f155185535556e55b555d955f65632567056b756f5571c574c579357d15834589c58b258d258f6590c5925594959c65a435aa25b055b7b5c01" +
      "5c1e5c395cad5d105d325d485d9b5e055e5d5ed35f595fcf600b603d606b608f60c660ff611c613762a063f1642a645f64a964e56505651e65be662f" +
      "6664668d672167b367c272127c18f1e0fb3effc0ffc8ffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  positionStill: [
    "0000ff40ff42ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000faf6fb5bfbc7fbf5fc1cfc4afc94fcd1fd0ffd3ffd78fd80fd82fda4fdf1fe15fe52fe68fe90fe95fe9bfebbfec8fecafed9feddfee2fee6feeb" +
      "fef3fef7fef9fefbfefeff02ff04ff0cff0fff13ff1bff1fff24ff26ff28ff2aff2cff2eff31ff33ff36ff38ff3fff41ff43ff45ff47ff49ff4eff50" +
      "ff52ff54ff56ff5aff5cff72ff7eff90ffaaffbaffc9ffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000002e0058308260ac90d6c100f12b2155517f81a9b1d3e1fe12284252727ca2a6d2d102fb3325634f9379c3a3f3ce23f85422844cb476e4a114cb4" +
      "4f5751fa549d574059e35c865f2961cc646f671269b56c586efb719e744176e479877c2a7ecd8170841386b689598bfc8e9f914293e59688992b9bce" +
      "9e71a114a3b7a65aa8fdaba0ae43b0e6b389b62cb8cfbb72be15c0b8c35bc5fec8a1cb44cde7d08ad32dd5d0d873db16ddb9e05ce2ffe5a2e845eae8" +
      "ed8bf02ef2d1f574f817fabafd5d",
  ],
  positionSteady: [
    "0000f01bf7f4ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000b56eb5aab5e5b616b645b67eb6bdda77fbf6fc30fc7afcaefce7fd1cfd5dfd95fdd8fde8fdfdfe12fe2dfe3bfe5dfe7dfe9efea6feaafeb3fec7" +
      "feccfed4fed9fee1fee3fee6feebfef0fef5fef9feffff04ff06ff09ff0bff0eff13ff15ff18ff1aff1cff1fff22ff24ff28ff2bff2eff30ff32ff37" +
      "ff39ff3bff40ff45ff47ff5eff71ff87ff98ffa7ffb5ffc0ffc5ffcdffcfffd1ffd3ffd5ffd7ffdaffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000002e0058308260ac90d6c100f12b2155517f81a9b1d3e1fe12284252727ca2a6d2d102fb3325634f9379c3a3f3ce23f85422844cb476e4a114cb4" +
      "4f5751fa549d574059e35c865f2961cc646f671269b56c586efb719e744176e479877c2a7ecd8170841386b689598bfc8e9f914293e59688992b9bce" +
      "9e71a114a3b7a65aa8fdaba0ae43b0e6b389b62cb8cfbb72be15c0b8c35bc5fec8a1cb44cde7d08ad32dd5d0d873db16ddb9e05ce2ffe5a2e845eae8" +
      "ed8bf02ef2d1f574f817fabafd5d",
  ],
  positionChanged: [
    "0000ed82f03cf277f3a1f4e0f597f643f6e4f780f848f8fef9f9fad6fb7dfc2cfc53fc72fc9cfcc4fce6fd07fd25fd41fd57fd6bfd7efd92fda9fdc0" +
      "fdd6fdecfe03fe1afe2dfe3bfe51fe64fe73fe85fe98feadfebdfecefedffef0feffff0dff29ff3fff46ff4eff54ff5bff64ff6eff77ff7eff88ff90" +
      "ff95ff9cff9fffa4ffaaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffcdffcfffd2ffd4ffd7ffd9ffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00004c96571f6b906f257447772d7a0e7e75834784cb867c888c8a748c208e0c8f8690fd9219937f94b595b3968f97a499099a5d9b8c9ca19d919ea7" +
      "9f5aa00ca11aa213a357a48ea5daa716a7e3a8a0a929a9c3aab0ab83ac21acd0ad43adcaaedeafb6b072b129b1c8b27fb318b3a0b435b4eeb573b5f1" +
      "b6a0b755b807b899b94fc84ed31ae0d4ea2cf3b9f957fdc6fee6ff7eff98ffa0ffa7ffafffb1ffc0ffd6ffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000002e0058308260ac90d6c100f12b2155517f81a9b1d3e1fe12284252727ca2a6d2d102fb3325634f9379c3a3f3ce23f85422844cb476e4a114cb4" +
      "4f5751fa549d574059e35c865f2961cc646f671269b56c586efb719e744176e479877c2a7ecd8170841386b689598bfc8e9f914293e59688992b9bce" +
      "9e71a114a3b7a65aa8fdaba0ae43b0e6b389b62cb8cfbb72be15c0b8c35bc5fec8a1cb44cde7d08ad32dd5d0d873db16ddb9e05ce2ffe5a2e845eae8" +
      "ed8bf02ef2d1f574f817fabafd5d",
  ],
  aim: [
    "000061807e229a94a9e8b939be64c377c559c728e1cefb0afd3fff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74" +
      "ff76ff78ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0" +
      "ffb2ffb4ffb6ffb8ffbaffbeffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00004267532163e1702f7c8e850e8d8b938e99aba08da71eaae0ae9cb16ab437b674b8bebad8bcd4c4e6cc7ccf27d18ed2d0d40ad52cd640d74ad859" +
      "dcaae0bae27ce437e4e9e592e629e6dae792e833ea98ecdbee30ef5befccf038f0a9f10ff17cf1dff324f44ff53ff61df65bf6a5f6e2f723f764f79c" +
      "f857f8fef995fa25fa53fef1ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000004dd072309460b520d6e0fde124e144b16a518c21a9e1cca1f0420e422b7249f26f228c82ab42cca2e8c305f3259342635db3791398e3b533d0f" +
      "3ef740c4432144dd468547fb49c34b784d2a4ea35063529d5440560d583759fc5bbf5d775f43614f63526512675b694b6b2d6d2f6f5471407382759e" +
      "777679b27bf17e6e80ebbfc4ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  count: [
    "0000dec5f68cfabafd70fd95fdb1fedfff36ff47ff4bff4eff50ff57ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000a342d112e557f321f5b7f794fa8ffc7efda0fe31fe84feb2fef2ff1cff34ff43ff4dff55ff5bff61ff66ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00001c49483168a089219912a1c2a981ad6ab0fab363c0adc1f0d085d127d1e4d262d2e0d394d3ddd42ffed6fef2ff17ff3cff4fff59ff5bff65ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  slot: [
    "00000fbe0fc0312731294e2b4e2d65fe660079c679c88d258d279ec09ec2ae71ae73bbd8bbdac92dc92fd3ddd3dfdc80dc82e2a1e2a3e912e914ee4e" +
      "ee50f245f247f5e2f5e4f977f979fcacfcaeff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00000fd90fdb360a360c564356456fbe6fc084768478986d986faa1eaa20b94eb950c5b4c5b6d1bfd1c1db1ddb1fe2d3e2d5e7f4e7f6ed86ed88f1c8" +
      "f1caf517f519f7fdf7fffae9faebfd65fd67ff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000107b107de0c7e0c9e836e838ecf1ecf3f064f066f2f9f2fbf59ff5a1f7c0f7c2f954f956fb44fb46fcb2fcb4fdbefdc0fe3dfe3ffe9bfe9dfeda" +
      "fedcff12ff14ff45ff47ff6bff6dff7fff81ff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  far: [
    "000002e0058308260ac90d6c100f12b2155517f81a9b1d3e1fe12284252727ca2a6d2d102fb3325634f9379c3a3f3ce23f85422844cb476e4a114cb4" +
      "4f5751fa549d574059e35c865f2961cc646f671269b56c586efb719e744176e479877c2a7ecd8170841386b689598bfc8e9f914293e59688992b9bce" +
      "9e71a114a3b7a65aa8fdaba0ae43b0e6b389b62cb8cfbb72be15c0b8c35bc5fec8a1cb44cde7d08ad32dd5d0d873db16ddb9e05ce2ffe5a2e845eae8" +
      "ed8bf02ef2d1f574f817fabafd5d",
    "000002e0058308260ac90d6c100f12b2155517f81a9b1d3e1fe12284252727ca2a6d2d102fb3325634f9379c3a3f3ce23f85422844cb476e4a114cb4" +
      "4f5751fa549d574059e35c865f2961cc646f671269b56c586efb719e744176e479877c2a7ecd8170841386b689598bfc8e9f914293e59688992b9bce" +
      "9e71a114a3b7a65aa8fdaba0ae43b0e6b389b62cb8cfbb72be15c0b8c35bc5fec8a1cb44cde7d08ad32dd5d0d873db16ddb9e05ce2ffe5a2e845eae8" +
      "ed8bf02ef2d1f574f817fabafd5d",
    "000000b400d000ec00f0011401160127012a01330137013f01410148014a014e015201550158015a015e01620169016c01710176017a017d01810184" +
      "018801900197019d01a101a401a801ad01b001b201b801c101c401cb01cf01d201d401d601de01e301e901ee01f101f301f501f701fb020002030206" +
      "020d02100215021c0220027902c5036003e704fe062408630a5a0e6612711b8a236d348e4663945dffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  flown: [
    "0000483248acef6cf079f16af23af303f3cef496f56ef614f6bef771f813f89cf93cf9c1fa4ffad3fb45fbbbfc24fc7efccffd16fd5cfd92fdc9fdf2" +
      "fe24fe55fe82feb0fed0fef7ff17ff35ff56ff71ff8aff8dff90ff93ff95ff97ff99ff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000421c423d6a3991a0adfac33ed279ddd3e61cec6ef0ebf452f71df91af9a3fa19fa8efb0ffb80fbdefc30fc8cfce3fd28fd74fdaffde6fe19fe40" +
      "fe67fe96febefed3fefaff11ff2eff46ff62ff73ff89ff8bff8fff92ff94ff97ff99ff9bff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00004c7e4c805573609b695d734d7c4984e48c5194779c0ba2e6a9fbb044b5c0bc26c1ddc7c4cd2dd1b6d5b6da96de66e1cae475e765e9e0ec6eeec2" +
      "f0d2f2a7f44bf5d2f71ff8b0fa41fbabfcd1fe27ff43ff62ff64ff6fff84ff8fff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  origin: [
    "000000b600c800da00e800f701050114012a013801460156016101720183018e019a01a601b701c401d401df01e801f101fd020a0217022902370244" +
      "0250025d0267027902860291029e02a902b702c302cb02d602e002ed02fa0308031503230330033d0349035a036503770385039403a103af03be03cc" +
      "03d903e503f003fd0405057006e409c30c851219178f22dc2ddc42ef58128263aa3be79bffd2ffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000000b900cd00df00f101020113011e013301400151015f016d017e0191019e01ab01ba01c901d801e801f70203020e021b022c0239024702530260" +
      "0271027d0288029902a502b302c002cc02d802e202ec02f703040313031c03290338034903540362036f0380038c039e03ac03ba03c703d803e603f4" +
      "04050413041e042a043505c907430a640d50136a194f253e30cf46c15ce1885bb1c8ea37ffd6ffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000000df00f8011c01290136013d014a016901760178017a019301ac01b301c601c801cf01e8020c021902200239023b0242024902500257027b029f" +
      "02b802cb02ea02f102fe0317032a03370350035d036a0371037e0391039e03c803cf03d103d303da03e703f403fb040e0427043a043c044904500474" +
      "048d0494049b04a204a4063d07e10bd10ed215701be52977357d4e3766f79652c0f9f0e0ffbdffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  ownOrigin: [
    "0000ff40ff42ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00006736681368f369d06a936b476c246cb66d796e0d6eb16f1e6f83700a708770cf7146720c72a0732c73ae73fe746674d5753d75b4765376a67710" +
      "778d7817787c78f3795d79bd7a5e7abe7b3d7bc17c677cde7d3b7d9d7e147e7e820a858b8a398eb88f428fb99028908390e3915891b89208926d92c2" +
      "930a936293aa940a9445b0e4b789d44fe225f44ffbfdffc0ffccffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000387739a43a953b683bc33c963da53dc43e5b3eb63f6b3f6d3faa3fc9407e4080408240dd413841ed4338433a4395440e4410446b44a8455d45b8" +
      "463146aa47d7483248ab49064908492749be49fb49fd4a3a4a774ab44b0f4b4c4bc54c3e4e014f6a4fe35020503f507c514f516e51e752065243529e" +
      "52bd52fa535553ce540b5e94636175de85329c7bb0d7d140e4e8f962fe4dffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  ownAngle: [
    "0000005f00be0105014f01a701e0024602a502fd036303bf03ff044204ab04e4053c057c05d4064106a007030746078907e8084408ad08fe095309af" +
      "09d30a0f0a6e0ab80b090b5e0ba80bf60c400c950cfb0d500d900dec0e3d0e9c0ee60f370f810fd21031109710e5113a118b12021245129a1307135c" +
      "139c13ed1434149314fc1fa129c23f4551ce768e9d01afa2b9d4cd34dcf3fa0affd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00000017002300330055007f009a00d90106013a01670189019901bf01da01f9021b0248026e029402ab02dc02ec03160340034c037203a603da0407" +
      "0417043d0463047a049504c204e80520053b0552057f05a905c005d005eb05ff062106400674069e06dd06fc071b07450760079807c907e408030822" +
      "084108600874089608c70cec110218d620c32fff3ed551a3600c7c0693d9b90bcdd3e420ee41faeeff46ffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00000002000400300032003400360038006400660092009400c000c200c400c600c800f401200122012401260128017e01aa01ac01ae01b001b201de" +
      "01e001e201e401e601e801ea01ec0218021a02460248029e02a002a202a402a602d202fe03000302030403060308030a03360362036403660368036a" +
      "036c036e03700372039e05c707710b190e1716391c0924ff2e9f3de34c52692f7eea9c9baf5adb60f46dffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  score: [
    "000011942a3a3f6b55e5697b7ac58ab69a51a725b492beeac993d387db1fe2cee84ced6ff1c9f57df7e9f9bcfb94fc8efd5efe22fec6ff29ff6cff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000119f2a613fb1562869b47af68afa9a92a784b4d1bf11c9c2d3c4db5be31ae883ed9ef1ecf59ff803f9d5fb9efc9cfd6ffe2efed2ff2cff6bff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00002e7248245c35730484a893a7a0d1ae20b8dcc429cd3dd5d1ddbbe461ea38ee98f2a3f615f8f4fa46fb7dfd05fd9efe37feebff24ff4fff75ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  eventAge: [
    "0000ff40ff42ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000344a68fe90efae91c4e3d5dee2ceec31f36ef8aefc91ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000ff40ff42ff44ff46ff48ff4aff4cff4eff50ff52ff54ff56ff58ff5aff5cff5eff60ff62ff64ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  eventSlot: [
    "000012de250c357e4575524160796fda7de18c229a73a67eb42ebf0cc7cdd24bdc0ce30eeb85f5f3ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000012bd24f335734577524c609b70027e258c629ac1a6c4b471bf3ec7e9d266dc1be31ceb8bf5f6ff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "000010a022313326423450ed5dea6c8e7b728b3e99b8a64bb372bccbc566ce6bd819e207ec49f64cff66ff68ff6aff6cff6eff70ff72ff74ff76ff78" +
      "ff7aff7cff7eff80ff82ff84ff86ff88ff8aff8cff8eff90ff92ff94ff96ff98ff9aff9cff9effa0ffa2ffa4ffa6ffa8ffaaffacffaeffb0ffb2ffb4" +
      "ffb6ffb8ffbaffbcffbeffc0ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
  eventValue: [
    "0000018b08e70f82167d1f5232d237b13c1559735d137123749a7e528296861d8be5949197839abf9d97d070d26ad3ead558d66cf3b8f478f4e6f525" +
      "f542f583f5a0f5d8f5f5f61bf647f67ef6a7f6cff6f0f81bf843f860f87af893f8a2f8b1f8c0f8d9f8e8f9cef9ddf9ecf9eef9f0fa09fa17fa19fa1b" +
      "fa1dfa76fa78fa7afa7cfcf2ffc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "0000019708de0f69164f1f1e32d5379e3bef594e5cdc70f474567e19825085c58b6d942a970f9a359cfdd05fd24ad3c4d529d63bf3ecf493f4fff53e" +
      "f55af59af5b6f5f0f60cf630f65af691f6b9f6e0f700f833f85af876f890f8aaf8b9f8c8f8d7f8eff8fef9e8f9f6fa05fa07fa09fa23fa2ffa31fa33" +
      "fa35fa87fa89fa8bfa8dfd0affc2ffc4ffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
    "00000d841b5e1bee1c621d0f1e2e1e691edd2052208d213a2158223e22952309232723f12465246724a2291b29722974297629b12c442c462c482c4a" +
      "2c4c2c4e2c502c6e2c702c722c742c762c782c7a2c7c2c7e2c802c822c842c862c882c8a2c8c2c8e2c902c922c942c962c982c9a2c9c2c9e2ca02ca2" +
      "2ca42ca62ca82caa2cac2cca2ce82ceaffc6ffc8ffcaffccffceffd0ffd2ffd4ffd6ffd8ffdaffdcffdeffe0ffe2ffe4ffe6ffe8ffeaffecffeefff0" +
      "fff2fff4fff6fff8fffafffcfffe",
  ],
};
